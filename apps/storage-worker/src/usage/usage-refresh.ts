import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type MeasuredUsage, StowageError } from '@stowage/contracts';
import { type StorageConfigEntity, type StorageOperationEntity } from '@stowage/entities';
import type { Usage } from '@stowage/providers';
import type { EntityManager } from 'typeorm';
import { recordUsage } from '../history/record-history.js';
import { configOfOperation } from '../operations/config-of-operation.js';
import {
  type OperationContext,
  type OperationHandler,
  OperationHandlers,
  type OperationOutcome,
} from '../operations/operation-handler.js';
import { tellingDiagnosis } from '../operations/storage-diagnosis.js';
import { Prober } from '../probe-pool/prober.js';
import { recordEvent } from '../outbox/outbox.js';
import { StorageAccess } from '../storage-configs/storage-access.js';
import { Tenants } from '../tenants/tenants.js';

/** Counts what lies on a storage itself, page by page, and compares it with what the ledger says should lie there. */
@Injectable()
export class UsageRefresh implements OperationHandler, OnModuleInit {
  readonly kind = 'storage.usage.refresh';
  /** 10 million objects are 10 000 pages. */
  readonly timeLimitMs = 6 * 3_600_000;

  constructor(
    private readonly tenants: Tenants,
    private readonly access: StorageAccess,
    private readonly handlers: OperationHandlers,
    private readonly prober: Prober,
  ) {}

  onModuleInit(): void {
    this.handlers.register(this);
  }

  async run(operation: StorageOperationEntity, context: OperationContext): Promise<OperationOutcome> {
    const config = await configOfOperation(this.tenants, operation);
    const usage = await this.measure(config, context);
    const measured = { ...usage, measured_at: new Date().toISOString(), drift: await this.driftOf(config, usage) };
    return {
      result: { ...measured },
      commit: (manager) => storeUsage(manager, config, measured, operation),
    };
  }

  private async measure(config: StorageConfigEntity, { signal, progress }: OperationContext): Promise<Usage> {
    const location = this.access.locationOf(config);
    const credentials = await this.access.credentialsOf(config);
    const request = { location, organizationId: config.organizationId, credentials };
    return tellingDiagnosis(location, () => this.prober.usage(request, { signal, onProgress: progress }));
  }

  /** Measured less recorded, object by object: a backup may consist of many. */
  private async driftOf({ id, organizationId }: StorageConfigEntity, usage: Usage): Promise<MeasuredUsage['drift']> {
    const [recorded]: [{ bytes: string; objects: string }] = await this.tenants.run(organizationId, (manager) =>
      manager.query(
        `SELECT coalesce(sum(size_bytes), 0) AS bytes, coalesce(sum(cardinality(objects)), 0) AS objects
           FROM backups WHERE storage_config_id = $1 AND state = 'completed'`,
        [id],
      ),
    );
    return {
      size_bytes: usage.size_bytes - Number(recorded.bytes),
      object_count: usage.object_count - Number(recorded.objects),
    };
  }
}

/** Stores what was measured and brings the sums in line with the ledger, unless the config has changed meanwhile. */
async function storeUsage(
  manager: EntityManager,
  config: StorageConfigEntity,
  measured: MeasuredUsage,
  { correlationId, messageId, trace }: StorageOperationEntity,
): Promise<void> {
  // The config's lock comes first, so that the ledger adds nothing between the sums and their update.
  const [current]: { version: number }[] = await manager.query(
    'SELECT version FROM storage_configs WHERE id = $1 FOR NO KEY UPDATE',
    [config.id],
  );
  if (current?.version !== config.version) {
    throw new StowageError('request.unavailable', 'The storage was changed while it was measured.');
  }
  const [[sums]]: [{ total_size_bytes: string; object_count: number }[], number] = await manager.query(
    `UPDATE storage_configs config
        SET measured = $2, total_size_bytes = recorded.bytes, object_count = recorded.backups
       FROM (SELECT coalesce(sum(size_bytes), 0) AS bytes, count(*)::int AS backups
               FROM backups WHERE storage_config_id = $1 AND state = 'completed') recorded
      WHERE config.id = $1
    RETURNING config.total_size_bytes, config.object_count`,
    [config.id, JSON.stringify(measured)],
  );
  const recorded = { total_size_bytes: Number(sums?.total_size_bytes), object_count: sums?.object_count ?? 0 };
  await recordUsage(manager, config.id, measured, recorded);
  await recordEvent(manager, {
    event: 'storage.usage.refreshed',
    organizationId: config.organizationId,
    storageConfigId: config.id,
    correlationId: correlationId ?? messageId,
    trace,
    data: { measured, ...recorded },
  });
}
