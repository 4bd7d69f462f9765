import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { CreateStorageConfig, type Credentials, type StorageConfig, StowageError } from '@stowage/contracts';
import { Secret } from '@stowage/encryption';
import { StorageConfigEntity, toStorageConfig } from '@stowage/entities';
import { checkFields } from '@stowage/providers';
import { type EntityManager, IsNull } from 'typeorm';
import { Keys } from '../keys/keys.js';
import { StorageSettingsService } from '../storage-settings/storage-settings.service.js';
import { recordAudit } from '../writes/audit.js';
import type { WriteContext } from '../writes/write-context.js';
import { WriteTransactions } from '../writes/write-transactions.js';
import { recordCreated } from './config-events.js';
import { accessKeyHint } from './credentials.js';
import { clearDefault, recordDefaultChanged } from './default-storage.js';
import { IdempotencyKeys } from './idempotency-keys.js';
import { refusingTakenName } from './name-taken.js';
import { openInput, type SealedInput } from './open-input.js';
import { recordIdentity } from './record-identity.js';
import { StorageAccess } from './storage-access.js';
import { type StoredFields, toStoredFields } from './stored-fields.js';
import { TargetDiscovery } from './target-discovery.js';
import { Tenants } from '../tenants/tenants.js';

const MOST_CONFIGS = 1000;

export interface CreateRequest extends SealedInput {
  /** null: each request creates. */
  idempotencyKey: string | null;
}

@Injectable()
export class ConfigCreation {
  constructor(
    private readonly keys: Keys,
    private readonly settings: StorageSettingsService,
    private readonly access: StorageAccess,
    private readonly discovery: TargetDiscovery,
    private readonly idempotencyKeys: IdempotencyKeys,
    private readonly transactions: WriteTransactions,
    private readonly tenants: Tenants,
  ) {}

  /**
   * Creates once for an idempotency key; asked again, answers with what it created.
   * @throws StowageError what makes it impossible; nothing is stored then
   */
  async create(request: CreateRequest, context: WriteContext): Promise<StorageConfig> {
    const requested = await openInput(this.keys, CreateStorageConfig, request);
    const earlier = await this.findCreatedBefore(request, requested);
    if (earlier !== null) return toStorageConfig(earlier);

    const { organizationId } = request;
    await this.settings.requireAllowed(organizationId, requested.provider);
    const checked = checkFields(requested.provider, requested);
    const config = newConfig(organizationId, requested, toStoredFields(checked.fields));
    const target = { location: this.access.locationOf(config), organizationId };
    const discovered = await this.discovery.complete(target, requested.host_key_policy, context.signal);
    Object.assign(config, { hostKeySha256: discovered.hostKeySha256, tls: discovered.tls });
    await this.sealInto(config, checked.credentials as Credentials);

    return refusingTakenName(config.name, () =>
      this.transactions.run(context, organizationId, async (manager) => {
        const meanwhile = await this.findEarlier(manager, request, requested);
        if (meanwhile !== null) return toStorageConfig(meanwhile);
        await this.insert(manager, config, requested.is_default, context);
        await this.rememberKey(manager, request, requested, config.id);
        return Object.assign(toStorageConfig(config), { warnings: [...checked.warnings, ...discovered.warnings] });
      }),
    );
  }

  private async findCreatedBefore(
    request: CreateRequest,
    requested: CreateStorageConfig,
  ): Promise<StorageConfigEntity | null> {
    if (request.idempotencyKey === null) return null;
    return this.tenants.run(request.organizationId, (manager) => this.findEarlier(manager, request, requested));
  }

  private async findEarlier(
    manager: EntityManager,
    { organizationId, idempotencyKey }: CreateRequest,
    requested: CreateStorageConfig,
  ): Promise<StorageConfigEntity | null> {
    if (idempotencyKey === null) return null;
    return this.idempotencyKeys.findCreated(manager, organizationId, idempotencyKey, requested);
  }

  private async rememberKey(
    manager: EntityManager,
    { organizationId, idempotencyKey }: CreateRequest,
    requested: CreateStorageConfig,
    id: string,
  ): Promise<void> {
    if (idempotencyKey === null) return;
    await this.idempotencyKeys.remember(manager, organizationId, idempotencyKey, requested, id);
  }

  private async sealInto(config: StorageConfigEntity, credentials: Credentials): Promise<void> {
    const sealed = await this.keys.store(recordIdentity(config), new Secret(credentials));
    config.credentialsCt = sealed.ciphertext;
    config.credentialsKid = sealed.kid;
    config.accessKeyHint = accessKeyHint(config.provider, credentials.access_key);
  }

  private async insert(
    manager: EntityManager,
    config: StorageConfigEntity,
    isDefault: boolean | undefined,
    context: WriteContext,
  ): Promise<void> {
    const { organizationId } = config;
    const configs = await manager.countBy(StorageConfigEntity, { organizationId: organizationId ?? IsNull() });
    if (configs >= MOST_CONFIGS) {
      throw new StowageError(
        'config.limit',
        `An organization can have at most ${MOST_CONFIGS} storage configurations.`,
      );
    }
    config.isDefault = isDefault ?? configs === 0;
    const previousId = config.isDefault ? await clearDefault(manager, organizationId, context) : null;
    // Without updateEntity(false), what the database returns would be written into the entity, bigint as text.
    await manager.createQueryBuilder().insert().into(StorageConfigEntity).values(config).updateEntity(false).execute();
    await recordCreated(manager, config, context);
    if (config.isDefault) {
      await recordDefaultChanged(manager, { organizationId, previousId, storageConfigId: config.id }, context);
    }
    await recordAudit(manager, {
      organizationId,
      storageConfigId: config.id,
      actor: context.actor,
      action: 'storage.create',
      ip: context.ip,
    });
  }
}

function newConfig(
  organizationId: string | null,
  { name, provider }: CreateStorageConfig,
  fields: StoredFields,
): StorageConfigEntity {
  const now = new Date();
  return Object.assign(new StorageConfigEntity(), {
    ...fields,
    id: randomUUID(),
    organizationId,
    name,
    provider,
    addressing: null,
    checksumMode: null,
    isDefault: false,
    isActive: true,
    credentialsUpdatedAt: now,
    credentialsQuarantinedAt: null,
    rotationAnnouncedAt: null,
    healthStatus: 'unverified',
    healthCode: null,
    healthMessage: null,
    healthHint: null,
    latencyMs: null,
    checkedAt: null,
    failingSince: null,
    measured: null,
    totalSizeBytes: 0,
    objectCount: 0,
    lastUsedAt: null,
    version: 1,
    eventSequence: 0,
    createdAt: now,
    updatedAt: now,
  } satisfies Partial<StorageConfigEntity>);
}
