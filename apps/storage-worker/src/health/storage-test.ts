import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { StorageConfigEntity, StorageOperationEntity } from '@stowage/entities';
import { StorageFailure } from '@stowage/providers';
import { DataSource, type EntityManager } from 'typeorm';
import { ENVIRONMENT } from '../environment.module.js';
import type { WorkerEnvironment } from '../environment.js';
import { configOfOperation } from '../operations/config-of-operation.js';
import {
  type OperationContext,
  type OperationHandler,
  OperationHandlers,
  type OperationOutcome,
} from '../operations/operation-handler.js';
import { Prober, type TargetRequest } from '../probe-pool/prober.js';
import { StorageAccess } from '../storage-configs/storage-access.js';
import { pinHostKey } from './pin-host-key.js';
import { queueHealthTest } from './queue-health-tests.js';
import { storeHealth } from './store-health.js';

const AGAIN_AFTER_S = 900;

/** Tests a saved storage and stores its health. A failed test is a result like any other. */
@Injectable()
export class StorageTest implements OperationHandler, OnModuleInit {
  readonly kind = 'storage.test';
  readonly timeLimitMs = 60_000;

  constructor(
    private readonly dataSource: DataSource,
    private readonly access: StorageAccess,
    private readonly prober: Prober,
    private readonly handlers: OperationHandlers,
    @Inject(ENVIRONMENT) private readonly environment: WorkerEnvironment,
  ) {}

  onModuleInit(): void {
    this.handlers.register(this);
  }

  async run(operation: StorageOperationEntity, { signal }: OperationContext): Promise<OperationOutcome> {
    const config = await configOfOperation(this.dataSource.manager, operation);
    const target = { location: this.access.locationOf(config), organizationId: config.organizationId };
    const met = await this.unpinnedHostKey(target, signal);
    if (met !== null) target.location.host_key_sha256 = met;
    const credentials = await this.access.credentialsOf(config);
    // Without a pinned key no password is sent: strict.
    const request = { ...target, credentials, depth: 'quick', hostKeyPolicy: 'strict' } as const;
    const result = await this.prober.probe(request, { signal });
    signal.throwIfAborted();

    const context = {
      correlationId: operation.correlationId ?? operation.messageId,
      traceparent: operation.traceparent,
    };
    return {
      result,
      commit: async (manager) => {
        const health = await storeHealth(manager, config, result, context);
        if (health === 'degraded' && !result.success) await this.lookAgain(manager, config);
        if (met !== null) await pinHostKey(manager, config, met, context);
      },
    };
  }

  /** Whether a failure passes by itself is known soon, not at the next round of checks. */
  private async lookAgain(manager: EntityManager, config: StorageConfigEntity): Promise<void> {
    const intervalS = this.environment.HEALTH_INTERVAL_S;
    if (intervalS > 0) await queueHealthTest(manager, config, Math.min(intervalS, AGAIN_AFTER_S));
  }

  /** The key that an SFTP server shows, where none is pinned yet; null where there is nothing to pin or nobody answers. */
  private async unpinnedHostKey(target: TargetRequest, signal: AbortSignal): Promise<string | null> {
    if (target.location.provider !== 'sftp' || target.location.host_key_sha256 !== null) return null;
    try {
      return await this.prober.hostKey(target, { signal });
    } catch (error) {
      // The test that follows meets the same trouble, and says it in full.
      if (error instanceof StorageFailure) return null;
      throw error;
    }
  }
}
