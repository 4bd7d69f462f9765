import { Injectable } from '@nestjs/common';
import type { VaultErrorReason } from '@stowage/encryption';
import { Counter } from 'prom-client';
import { Metrics } from '../metrics/metrics.js';

/** Counts how often stored credentials did not open: an alarm on it is worth a night's sleep. */
@Injectable()
export class UnopenedRecords {
  private readonly counter: Counter<'reason'>;

  constructor({ registry }: Metrics) {
    this.counter = new Counter({
      name: 'stowage_credentials_unavailable_total',
      help: 'Stored credentials that did not open: unknown_key, corrupt, unsupported, or unavailable (the key service)',
      labelNames: ['reason'],
      registers: [registry],
    });
  }

  count(reason: VaultErrorReason): void {
    this.counter.inc({ reason });
  }
}
