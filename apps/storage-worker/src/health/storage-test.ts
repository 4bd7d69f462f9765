import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Credentials, TestResult } from '@stowage/contracts';
import type { Secret } from '@stowage/encryption';
import type { StorageConfigEntity, StorageOperationEntity } from '@stowage/entities';
import { StorageFailure } from '@stowage/providers';
import type { EntityManager } from 'typeorm';
import { ENVIRONMENT } from '../environment.module.js';
import type { WorkerEnvironment } from '../environment.js';
import { configOfOperation } from '../operations/config-of-operation.js';
import {
  type OperationContext,
  type OperationHandler,
  OperationHandlers,
  type OperationOutcome,
} from '../operations/operation-handler.js';
import { failedResult } from '../probe-pool/failed-result.js';
import { ProbeMetrics } from '../probe-pool/probe-metrics.js';
import { Prober, type TargetRequest } from '../probe-pool/prober.js';
import { StorageAccess } from '../storage-configs/storage-access.js';
import { pinHostKey } from './pin-host-key.js';
import { queueHealthTest } from './queue-health-tests.js';
import { storeHealth } from './store-health.js';
import { Tenants } from '../tenants/tenants.js';

const AGAIN_AFTER_S = 900;

/** Tests a saved storage and stores its health. A failed test is a result like any other. */
@Injectable()
export class StorageTest implements OperationHandler, OnModuleInit {
  readonly kind = 'storage.test';
  readonly timeLimitMs = 60_000;

  constructor(
    private readonly tenants: Tenants,
    private readonly access: StorageAccess,
    private readonly prober: Prober,
    private readonly handlers: OperationHandlers,
    private readonly metrics: ProbeMetrics,
    @Inject(ENVIRONMENT) private readonly environment: WorkerEnvironment,
  ) {}

  onModuleInit(): void {
    this.handlers.register(this);
  }

  async run(operation: StorageOperationEntity, { signal }: OperationContext): Promise<OperationOutcome> {
    const config = await configOfOperation(this.tenants, operation);
    const target = { location: this.access.locationOf(config), organizationId: config.organizationId };
    const credentials = await this.access.credentialsOf(config);
    const { met, result } = await this.test(target, credentials, signal);
    signal.throwIfAborted();

    const context = {
      correlationId: operation.correlationId ?? operation.messageId,
      trace: operation.trace,
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

  /** `met`: the host key that the server showed, where none is pinned yet. */
  private async test(
    { location, organizationId }: TargetRequest,
    credentials: Secret<Credentials>,
    signal: AbortSignal,
  ): Promise<{ met: string | null; result: TestResult }> {
    const isUnpinned = location.provider === 'sftp' && location.host_key_sha256 === null;
    try {
      const met = isUnpinned ? await this.prober.hostKey({ location, organizationId }, { signal }) : null;
      const pinned = met === null ? location : { ...location, host_key_sha256: met };
      // Without a pinned key no password is sent: strict.
      const request = {
        location: pinned,
        organizationId,
        credentials,
        depth: 'quick',
        hostKeyPolicy: 'strict',
      } as const;
      return { met, result: await this.prober.probe(request, { signal }) };
    } catch (error) {
      if (!(error instanceof StorageFailure)) throw error;
      // A test would meet the same trouble again, and wait for it as long.
      this.metrics.tested(location.provider, error.code);
      return { met: null, result: failedResult(error, location, []) };
    }
  }
}
