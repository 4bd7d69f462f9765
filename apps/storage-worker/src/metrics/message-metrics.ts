import { Injectable } from '@nestjs/common';
import type { Route, TransportObserver } from '@stowage/messaging/nest';
import { failSpan } from '@stowage/telemetry';
import { Counter, Histogram } from 'prom-client';
import { Metrics } from './metrics.js';

const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120];

/** By routing key and code, of which there are few; ids would make a series each. */
@Injectable()
export class MessageMetrics implements TransportObserver {
  private readonly requests: Histogram;
  private readonly messages: Histogram;
  private readonly expirations: Counter;

  constructor({ registry }: Metrics) {
    const registers = [registry];
    this.requests = new Histogram({
      name: 'rpc_server_duration_seconds',
      help: 'Requests handled, by method and outcome: ok, or the code of the error',
      labelNames: ['method', 'outcome'],
      buckets: SECONDS,
      registers,
    });
    this.messages = new Histogram({
      name: 'messaging_process_duration_seconds',
      help: 'Commands and events handled, by routing key and outcome: ok, or the code of the error',
      labelNames: ['key', 'outcome'],
      buckets: SECONDS,
      registers,
    });
    this.expirations = new Counter({
      name: 'rpc_server_expired_total',
      help: 'Requests not run, or not answered, as their deadline had passed',
      labelNames: ['method'],
      registers,
    });
  }

  handled({ kind, routingKey }: Route, outcome: string, seconds: number): void {
    if (outcome !== 'ok') failSpan(outcome);
    if (kind === 'event') this.messages.observe({ key: routingKey, outcome }, seconds);
    else this.requests.observe({ method: routingKey, outcome }, seconds);
  }

  expired({ routingKey }: Route): void {
    this.expirations.inc({ method: routingKey });
  }
}
