import { Inject, Injectable } from '@nestjs/common';
import {
  PROVIDERS,
  type StorageSettings,
  type UpdateStorageSettings,
  type GatewaySettingsUpdate,
} from '@stowage/contracts';
import { PlatformSettingsEntity, StorageConfigEntity } from '@stowage/entities';
import { IsNull } from 'typeorm';
import { Database } from '../database/database.js';
import { ENVIRONMENT } from '../environment.module.js';
import type { GatewayEnvironment } from '../environment.js';
import type { Origin } from '../requests/origin.js';
import { Worker } from '../worker/worker.js';

@Injectable()
export class StorageSettingsService {
  constructor(
    private readonly database: Database,
    private readonly worker: Worker,
    @Inject(ENVIRONMENT) private readonly environment: GatewayEnvironment,
  ) {}

  /** A variable that is set rules; else the database does; else all is allowed. */
  async get(): Promise<StorageSettings> {
    const [stored, hasDefault] = await this.database.read([null], (manager) =>
      Promise.all([
        manager.findOneBy(PlatformSettingsEntity, { id: 1 }),
        manager.existsBy(StorageConfigEntity, { organizationId: IsNull(), isDefault: true, isActive: true }),
      ]),
    );
    const { ENABLED_PROVIDERS, ALLOW_ORG_BYOS, EGRESS_PUBLIC_IPS } = this.environment;
    return {
      enabled_providers: ENABLED_PROVIDERS ?? stored?.enabledProviders ?? [...PROVIDERS],
      allow_org_byos: ALLOW_ORG_BYOS ?? stored?.allowOrgByos ?? true,
      has_default_storage: hasDefault,
      egress_ips: EGRESS_PUBLIC_IPS,
    };
  }

  async update(body: UpdateStorageSettings, from: Origin): Promise<StorageSettings> {
    const request: GatewaySettingsUpdate = from.asking({ config: body });
    await this.worker.write('settings.update', request);
    return this.get();
  }
}
