import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

export interface ReadinessReport {
  status: 'ready' | 'unready';
  /** Whether the database answers. */
  database: 'up' | 'down';
  /** Whether every queue with handlers is being consumed. */
  consuming: boolean;
  /** Whether the process is about to end. */
  draining: boolean;
}

/** Whether this worker does its work now. */
@Injectable()
export class Readiness implements BeforeApplicationShutdown {
  private transport: { readonly consuming: boolean } | undefined;
  private draining = false;

  constructor(private readonly dataSource: DataSource) {}

  /** The transport is made after the application, so it is told of here. */
  watch(transport: { readonly consuming: boolean }): void {
    this.transport = transport;
  }

  async report(): Promise<ReadinessReport> {
    const database = await this.dataSource.query('SELECT 1').then(
      () => 'up' as const,
      () => 'down' as const,
    );
    const consuming = this.transport?.consuming ?? false;
    const isReady = database === 'up' && consuming && !this.draining;
    return { status: isReady ? 'ready' : 'unready', database, consuming, draining: this.draining };
  }

  beforeApplicationShutdown(): void {
    this.draining = true;
  }
}
