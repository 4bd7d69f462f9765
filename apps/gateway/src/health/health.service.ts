import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import type { Broker } from '@stowage/messaging';
import { BROKER } from '../broker.module.js';
import { Database } from '../database/database.js';
import type { Readiness } from './readiness.dto.js';

@Injectable()
export class HealthService implements BeforeApplicationShutdown {
  private draining = false;

  constructor(
    private readonly database: Database,
    @Inject(BROKER) private readonly broker: Broker,
  ) {}

  async readiness(): Promise<Readiness> {
    const database = await this.database
      .read([], (manager) => manager.query('SELECT 1'))
      .then(() => 'up' as const)
      .catch(() => 'down' as const);
    const { state, connections } = this.broker.status;
    const broker = connections.length === 0 ? 'in-process' : state;
    return { status: this.judge(database, broker), database, broker, draining: this.draining };
  }

  beforeApplicationShutdown(): void {
    this.draining = true;
  }

  private judge(database: Readiness['database'], broker: Readiness['broker']): Readiness['status'] {
    if (database === 'down' || this.draining) return 'unready';
    return broker === 'up' ? 'ready' : 'degraded';
  }
}
