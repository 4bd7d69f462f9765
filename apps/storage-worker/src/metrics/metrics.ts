import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { StowageError } from '@stowage/contracts';
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';

const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120];

/** Prometheus metrics of one worker; a registry of its own, so that several applications fit in one process. */
@Injectable()
export class Metrics implements OnApplicationShutdown {
  readonly registry = new Registry();

  private readonly messages = new Histogram({
    name: 'stowage_message_duration_seconds',
    help: 'Messages handled, by routing key and outcome: ok, or the code of the error',
    labelNames: ['key', 'outcome'],
    buckets: SECONDS,
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Returns what is to be called when the message has been handled. */
  startMessage(key: string): (error?: unknown) => void {
    const stop = this.messages.startTimer({ key });
    return (error) => void stop({ outcome: outcomeOf(error) });
  }

  onApplicationShutdown(): void {
    this.registry.clear();
  }
}

function outcomeOf(error: unknown): string {
  if (error === undefined) return 'ok';
  return error instanceof StowageError ? error.code : 'request.internal';
}
