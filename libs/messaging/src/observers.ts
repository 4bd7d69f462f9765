import { type BrokerObserver, PublishError, RequestError } from './broker.js';

/** All who want to be told, told in turn. */
export class Observers {
  private readonly all: BrokerObserver[] = [];

  add(observer: BrokerObserver): void {
    this.all.push(observer);
  }

  redelivered(queue: string): void {
    for (const observer of this.all) observer.redelivered?.(queue);
  }

  parked(reason: string): void {
    for (const observer of this.all) observer.parked?.(reason);
  }

  /** Returns what it was given, or as good as that. */
  watchSent<T>(exchange: string, sending: Promise<T>): Promise<T> {
    if (this.all.length === 0) return sending;
    return sending.then(
      (result) => {
        this.sent(exchange, 'ok');
        return result;
      },
      (error: unknown) => {
        if (error instanceof PublishError || error instanceof RequestError) this.sent(exchange, error.reason);
        throw error;
      },
    );
  }

  private sent(exchange: string, outcome: 'ok' | PublishError['reason'] | RequestError['reason']): void {
    for (const observer of this.all) observer.sent?.(exchange, outcome);
  }
}
