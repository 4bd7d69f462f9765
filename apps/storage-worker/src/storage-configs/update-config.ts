import { Injectable } from '@nestjs/common';
import {
  type Credentials,
  type StorageConfig,
  StowageError,
  UpdateStorageConfig,
  type Warning,
} from '@stowage/contracts';
import { Secret } from '@stowage/encryption';
import { StorageConfigEntity, toStorageConfig } from '@stowage/entities';
import { checkFields, type CheckedInput } from '@stowage/providers';
import type { EntityManager } from 'typeorm';
import { Keys } from '../keys/keys.js';
import { StorageSettingsService } from '../storage-settings/storage-settings.service.js';
import { recordAudit } from '../writes/audit.js';
import type { WriteContext } from '../writes/write-context.js';
import { WriteTransactions } from '../writes/write-transactions.js';
import { changedFields } from './changed-fields.js';
import { recordUpdated } from './config-events.js';
import { accessKeyHint, isWhole, mergeCredentials } from './credentials.js';
import { clearDefault, recordDefaultChanged } from './default-storage.js';
import { type ConfigAddress, findConfig } from './find-config.js';
import { outdatesHealth, recordUnverified, UNVERIFIED } from './health-reset.js';
import { refusingTakenName } from './name-taken.js';
import { openInput, type SealedInput } from './open-input.js';
import { OrphanRule } from './orphan-rule.js';
import { countRecordedBackups } from './recorded-backups.js';
import { recordIdentity } from './record-identity.js';
import { StorageAccess } from './storage-access.js';
import { toCheckedFields, toStoredFields } from './stored-fields.js';
import { TargetDiscovery } from './target-discovery.js';
import { Tenants } from '../tenants/tenants.js';

/** It looks, asks the network, and only then locks: what changed in between is looked at again, so often. */
const ATTEMPTS = 5;

export type UpdateRequest = ConfigAddress & SealedInput;

/** What a PATCH comes to for the version that it was planned on. */
interface Plan {
  version: number;
  /** Recorded backups for which a move was judged; null where nothing moves. */
  judgedBackups: number | null;
  changes: Partial<StorageConfigEntity>;
  warnings: Warning[];
}

/** The config, or what is recorded on it, is not any more what the plan was made for. */
class PlanOutdated extends Error {}

@Injectable()
export class ConfigUpdate {
  constructor(
    private readonly keys: Keys,
    private readonly settings: StorageSettingsService,
    private readonly access: StorageAccess,
    private readonly discovery: TargetDiscovery,
    private readonly orphanRule: OrphanRule,
    private readonly transactions: WriteTransactions,
    private readonly tenants: Tenants,
  ) {}

  /** @throws StowageError what makes it impossible; nothing is changed then */
  async update(request: UpdateRequest, context: WriteContext): Promise<StorageConfig> {
    const patch = await openInput(this.keys, UpdateStorageConfig, request);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const plan = await this.plan(request, patch, context);
      try {
        return await refusingTakenName(patch.name ?? '', () => this.carryOut(plan, request, context));
      } catch (error) {
        if (!(error instanceof PlanOutdated)) throw error;
      }
    }
    const detail = 'This storage is being changed by others at the same time. Try again.';
    throw new StowageError('request.unavailable', detail, { retryAfter: 1 });
  }

  private async plan(request: UpdateRequest, patch: UpdateStorageConfig, context: WriteContext): Promise<Plan> {
    const stored = await this.tenants.run(request.organizationId, (manager) => findConfig(manager, request));
    refuseOtherProvider(stored, patch);
    refuseInactiveDefault(stored, patch);
    await this.settings.requireAllowed(stored.organizationId, stored.provider);
    const checked = checkFields(stored.provider, patch, { stored: toCheckedFields(stored) });

    const next = Object.assign(new StorageConfigEntity(), stored, toStoredFields(checked.fields), {
      name: patch.name ?? stored.name,
      isActive: patch.is_active ?? stored.isActive,
      isDefault: patch.is_default ?? stored.isDefault,
    });
    forgetHostKeyOfOtherHost(stored, next, patch);
    const target = { location: this.access.locationOf(next), organizationId: next.organizationId };
    const { hostKeySha256, tls, warnings } = await this.discovery.complete(
      target,
      patch.host_key_policy,
      context.signal,
    );
    Object.assign(next, { hostKeySha256, tls });

    const credentials = await this.nextCredentials(stored, checked);
    const judgedBackups = await this.orphanRule.check(stored, next, credentials, context.signal);
    if (credentials !== null) await this.sealInto(next, credentials);
    if (checked.destinationChanged) Object.assign(next, { addressing: null, checksumMode: null });
    return {
      version: stored.version,
      judgedBackups,
      changes: differences(stored, next),
      warnings: [...checked.warnings, ...warnings],
    };
  }

  /** Null: the stored ones stay. */
  private async nextCredentials(
    stored: StorageConfigEntity,
    { credentials, destinationChanged }: CheckedInput,
  ): Promise<Secret<Credentials> | null> {
    if (Object.keys(credentials).length === 0) return null;
    if (destinationChanged) return new Secret(credentials as Credentials);
    try {
      return mergeCredentials(await this.access.credentialsOf(stored), credentials);
    } catch (error) {
      // What cannot be opened any more is replaced by what is whole without it.
      if (!isWhole(credentials) || !isUnavailable(error)) throw error;
      return new Secret(credentials);
    }
  }

  private async sealInto(config: StorageConfigEntity, credentials: Secret<Credentials>): Promise<void> {
    const sealed = await this.keys.store(recordIdentity(config), credentials);
    config.credentialsCt = sealed.ciphertext;
    config.credentialsKid = sealed.kid;
    config.credentialsQuarantinedAt = null;
    config.credentialsUpdatedAt = new Date();
    config.accessKeyHint = accessKeyHint(config.provider, credentials.reveal().access_key);
  }

  /** @throws PlanOutdated, so that the transaction leaves nothing behind */
  private carryOut(plan: Plan, request: UpdateRequest, context: WriteContext): Promise<StorageConfig> {
    return this.transactions.run(context, request.organizationId, async (manager) => {
      const before = await findConfig(manager, request, { lock: true });
      if (before.version !== plan.version) throw new PlanOutdated();
      if (plan.judgedBackups !== null && plan.judgedBackups !== (await countRecordedBackups(manager, before.id))) {
        throw new PlanOutdated();
      }
      const after = await this.write(manager, before, plan.changes, context);
      return Object.assign(toStorageConfig(after), { warnings: plan.warnings });
    });
  }

  private async write(
    manager: EntityManager,
    before: StorageConfigEntity,
    changes: Partial<StorageConfigEntity>,
    context: WriteContext,
  ): Promise<StorageConfigEntity> {
    if (Object.keys(changes).length === 0) return before;
    const { organizationId, id } = before;
    const health = outdatesHealth(changes) ? UNVERIFIED : {};
    const after = Object.assign(new StorageConfigEntity(), before, changes, health, {
      version: before.version + 1,
      updatedAt: new Date(),
    });

    const previousId = changes.isDefault === true ? await clearDefault(manager, organizationId, context) : null;
    await manager.update(StorageConfigEntity, id, differences(before, after));
    const changed = changedFields(toStorageConfig(before), toStorageConfig(after));
    await recordUpdated(manager, id, changed, context);
    if (after.healthStatus !== before.healthStatus) await recordUnverified(manager, before, context);
    if (changes.isDefault === true) {
      await recordDefaultChanged(manager, { organizationId, previousId, storageConfigId: id }, context);
    }
    if (changes.isDefault === false) {
      await recordDefaultChanged(manager, { organizationId, previousId: id, storageConfigId: null }, context);
    }
    const { actor, ip } = context;
    const act = { organizationId, storageConfigId: id, actor, ip, action: 'storage.update', detail: { changed } };
    await recordAudit(manager, act);
    return after;
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof StowageError && error.code === 'credentials.unavailable';
}

function refuseOtherProvider(stored: StorageConfigEntity, { provider }: UpdateStorageConfig): void {
  if (provider === undefined || provider === stored.provider) return;
  const detail = `The provider of a storage never changes; this one is ${stored.provider}. Create a new configuration.`;
  throw new StowageError('config.provider_fixed', detail);
}

function refuseInactiveDefault(stored: StorageConfigEntity, patch: UpdateStorageConfig): void {
  if (patch.is_default === true && !(patch.is_active ?? stored.isActive)) {
    throw new StowageError('config.inactive_default', 'An inactive storage cannot be the default. Activate it first.');
  }
}

/** A key was pinned for one address; another address shows its own. */
function forgetHostKeyOfOtherHost(
  stored: StorageConfigEntity,
  next: StorageConfigEntity,
  { host_key_sha256 }: UpdateStorageConfig,
): void {
  const isOtherHost = stored.host !== next.host || stored.port !== next.port;
  if (isOtherHost && host_key_sha256 === undefined) next.hostKeySha256 = null;
}

function differences(before: StorageConfigEntity, after: StorageConfigEntity): Partial<StorageConfigEntity> {
  const fields = Object.keys(after) as (keyof StorageConfigEntity)[];
  return Object.fromEntries(fields.flatMap((field) => (before[field] === after[field] ? [] : [[field, after[field]]])));
}
