import type { BrokerLogger } from './broker-logger.js';
import { reasonOf } from './reason-of.js';

/** Several connections lose the same broker: one line when the first of them is away, one when all are back. */
export class OutageLog {
  private readonly away = new Set<string>();

  constructor(private readonly logger: BrokerLogger) {}

  lost(role: string, error: Error): void {
    if (this.away.size === 0) {
      this.logger.warn(`The broker connection to ${role} is away, trying again: ${reasonOf(error)}`);
    }
    this.away.add(role);
  }

  back(role: string): void {
    if (this.away.delete(role) && this.away.size === 0) this.logger.log('All broker connections are back');
  }
}
