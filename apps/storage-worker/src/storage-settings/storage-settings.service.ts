import { Inject, Injectable } from '@nestjs/common';
import {
  type Provider,
  PROVIDERS,
  type StorageSettings,
  StowageError,
  type UpdateStorageSettings,
} from '@stowage/contracts';
import { PlatformSettingsEntity, StorageConfigEntity } from '@stowage/entities';
import { DataSource, type EntityManager, IsNull } from 'typeorm';
import type { WorkerEnvironment } from '../environment.js';
import { ENVIRONMENT } from '../environment.module.js';
import { recordSettingsChanged } from '../writes/settings-event.js';
import { recordAudit } from '../writes/audit.js';
import type { WriteContext } from '../writes/write-context.js';
import { WriteTransactions } from '../writes/write-transactions.js';

const ROW = 1;
const BYOS_DISABLED =
  'Organization storage configuration is not enabled on this platform. Contact your platform administrator.';

/** What the platform allows: an environment variable that is set rules, else the database, else everything. */
@Injectable()
export class StorageSettingsService {
  constructor(
    @Inject(ENVIRONMENT) private readonly environment: WorkerEnvironment,
    private readonly dataSource: DataSource,
    private readonly transactions: WriteTransactions,
  ) {}

  /** @throws StowageError `settings.byos_disabled` (organizations only) or `settings.provider_disabled` */
  async requireAllowed(organizationId: string | null, provider: Provider): Promise<void> {
    const settings = await this.effective(this.dataSource.manager);
    if (organizationId !== null && !settings.allowOrgByos) {
      throw new StowageError('settings.byos_disabled', BYOS_DISABLED);
    }
    if (!settings.enabledProviders.includes(provider)) {
      throw new StowageError('settings.provider_disabled', `The provider ${provider} is not enabled on this platform.`);
    }
  }

  /** @throws StowageError `settings.fixed_by_environment` */
  async update(patch: UpdateStorageSettings, context: WriteContext): Promise<StorageSettings> {
    this.refuseFixed(patch);
    return this.transactions.run(context, null, async (manager) => {
      const stored = (await this.stored(manager)) ?? DEFAULTS;
      await manager.upsert(
        PlatformSettingsEntity,
        {
          id: ROW,
          enabledProviders: patch.enabled_providers ?? stored.enabledProviders,
          allowOrgByos: patch.allow_org_byos ?? stored.allowOrgByos,
        },
        ['id'],
      );
      await recordAudit(manager, {
        organizationId: null,
        storageConfigId: null,
        actor: context.actor,
        action: 'settings.update',
        ip: context.ip,
        detail: { changed: Object.keys(patch) },
      });
      await recordSettingsChanged(manager, Object.keys(patch), context);
      return this.view(manager);
    });
  }

  private refuseFixed(patch: UpdateStorageSettings): void {
    const fixed = [
      { field: 'enabled_providers', isGiven: patch.enabled_providers !== undefined, variable: 'ENABLED_PROVIDERS' },
      { field: 'allow_org_byos', isGiven: patch.allow_org_byos !== undefined, variable: 'ALLOW_ORG_BYOS' },
    ] as const;
    for (const { field, isGiven, variable } of fixed) {
      if (isGiven && this.environment[variable] !== null) {
        const detail = `${field} is fixed by the environment variable ${variable} and cannot be changed here.`;
        throw new StowageError('settings.fixed_by_environment', detail);
      }
    }
  }

  private async view(manager: EntityManager): Promise<StorageSettings> {
    const { enabledProviders, allowOrgByos } = await this.effective(manager);
    return {
      enabled_providers: enabledProviders,
      allow_org_byos: allowOrgByos,
      has_default_storage: await manager.existsBy(StorageConfigEntity, { organizationId: IsNull(), isDefault: true }),
      egress_ips: this.environment.EGRESS_PUBLIC_IPS,
    };
  }

  private async effective(manager: EntityManager): Promise<Settings> {
    const { ENABLED_PROVIDERS, ALLOW_ORG_BYOS } = this.environment;
    const stored = (await this.stored(manager)) ?? DEFAULTS;
    return {
      enabledProviders: ENABLED_PROVIDERS ?? stored.enabledProviders,
      allowOrgByos: ALLOW_ORG_BYOS ?? stored.allowOrgByos,
    };
  }

  private stored(manager: EntityManager): Promise<PlatformSettingsEntity | null> {
    return manager.findOneBy(PlatformSettingsEntity, { id: ROW });
  }
}

type Settings = Pick<PlatformSettingsEntity, 'enabledProviders' | 'allowOrgByos'>;

const DEFAULTS: Settings = { enabledProviders: [...PROVIDERS], allowOrgByos: true };
