import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { placeOf } from '@stowage/contracts';
import { EgressAllowanceEntity } from '@stowage/entities';
import { type EgressAllowance, type EgressPolicy, problemsOfAllowance } from '@stowage/providers';
import { DataSource } from 'typeorm';
import { ENVIRONMENT } from '../environment.module.js';
import type { WorkerEnvironment } from '../environment.js';
import { Notifications } from '../notifications/notifications.js';
import { EGRESS_POLICY } from './egress-policy.js';

/** For a notification that was lost without its connection being seen to be. */
const POLL_MS = 30_000;

/** Keeps this worker's policy to what the administrator has entered, beside what EGRESS_ALLOW opens. */
@Injectable()
export class StoredAllowances implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(StoredAllowances.name);
  private reloaded: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(ENVIRONMENT) private readonly environment: Pick<WorkerEnvironment, 'EGRESS_ALLOW'>,
    @Inject(EGRESS_POLICY) private readonly policy: EgressPolicy,
    private readonly dataSource: DataSource,
    private readonly notifications: Notifications,
  ) {}

  async onModuleInit(): Promise<void> {
    this.notifications.listen('stowage_egress', () => void this.reload());
    this.timer = setInterval(() => void this.reload(), POLL_MS).unref();
    await this.reload();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.reloaded;
  }

  /** One after the other, so that what was read last also rules last. */
  private reload(): Promise<void> {
    this.reloaded = this.reloaded.then(() => this.load());
    return this.reloaded;
  }

  private async load(): Promise<void> {
    try {
      const rows = await this.dataSource.manager.find(EgressAllowanceEntity, { order: { position: 'ASC' } });
      this.policy.allow = [...this.environment.EGRESS_ALLOW, ...rows.map(toAllowance).filter(this.isSound)];
    } catch (error) {
      this.logger.warn(`The egress allowances were not read; the last ones rule on: ${placeOf(error)}`);
    }
  }

  /** A row that was written past the worker must not open more than the rules let any open. */
  private readonly isSound = (allowance: EgressAllowance): boolean => {
    const problems = problemsOfAllowance(allowance);
    if (problems.length > 0) this.logger.error(`An egress allowance is left out: ${problems.join('; ')}`);
    return problems.length === 0;
  };
}

function toAllowance({ cidr, ports, providers, organizationIds }: EgressAllowanceEntity): EgressAllowance {
  return { cidr, ports, providers, ...(organizationIds && { organization_ids: organizationIds }) };
}
