import { Injectable } from '@nestjs/common';
import type { Provider } from '@stowage/contracts';
import { Counter } from 'prom-client';
import { Metrics } from '../metrics/metrics.js';

@Injectable()
export class ProbeMetrics {
  private readonly tests: Counter;

  constructor({ registry }: Metrics) {
    this.tests = new Counter({
      name: 'storage_tests_total',
      help: 'Tests of storages by provider and code of the diagnosis; ok where there is none',
      labelNames: ['provider', 'code'],
      registers: [registry],
    });
  }

  tested(provider: Provider, code: string | null): void {
    this.tests.inc({ provider, code: code ?? 'ok' });
  }
}
