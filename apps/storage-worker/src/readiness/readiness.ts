import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import type { Broker } from '@stowage/messaging';
import { DataSource } from 'typeorm';
import { BROKER } from '../broker.module.js';
import { WatchedKeys } from '../keys/watched-keys.js';

const DATABASE_MS = 500;
/** A short alarm passes by itself; taking every worker out of service for it would not help the broker. */
const BLOCKED_MS = 10_000;

export interface ReadinessReport {
  status: 'ready' | 'unready';
  /** Whether the database answers within 500 ms. */
  database: 'up' | 'down';
  /** Whether every queue with handlers is being consumed. */
  consuming: boolean;
  /** Whether the broker has taken no messages for more than 10 s, as it is short of memory or disk. */
  blocked: boolean;
  /** Which key seals, and why the keyring file as it is now was not taken over (null: it was). */
  keys: { active: string; problem: string | null };
  /** Whether the process is about to end. */
  draining: boolean;
}

/** Whether this worker does its work now. */
@Injectable()
export class Readiness implements BeforeApplicationShutdown {
  private transport: { readonly consuming: boolean } | undefined;
  private draining = false;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(BROKER) private readonly broker: Broker,
    private readonly keys: WatchedKeys,
  ) {}

  /** The transport is made after the application, so it is told of here. */
  watch(transport: { readonly consuming: boolean }): void {
    this.transport = transport;
  }

  async report(): Promise<ReadinessReport> {
    const database = (await this.databaseAnswers()) ? 'up' : 'down';
    const consuming = this.transport?.consuming ?? false;
    const blocked = this.isBlocked();
    const keys = { active: this.keys.activeKid(), problem: this.keys.problem };
    const { draining } = this;
    const isReady = database === 'up' && consuming && !blocked && !draining;
    return { status: isReady ? 'ready' : 'unready', database, consuming, blocked, keys, draining };
  }

  private async databaseAnswers(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(resolve, DATABASE_MS, false);
    });
    const answer = this.dataSource.query('SELECT 1').then(
      () => true,
      () => false,
    );
    return Promise.race([answer, late]).finally(() => clearTimeout(timer));
  }

  private isBlocked(): boolean {
    const longAgo = Date.now() - BLOCKED_MS;
    return this.broker.status.connections.some(({ state, since }) => state === 'blocked' && since < longAgo);
  }

  beforeApplicationShutdown(): void {
    this.draining = true;
  }
}
