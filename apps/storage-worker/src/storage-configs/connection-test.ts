import { Inject, Injectable } from '@nestjs/common';
import { type Credentials, type TestDepth, type TestResult, TestStorageConfig } from '@stowage/contracts';
import { Secret } from '@stowage/encryption';
import { checkFields, resolveLocation } from '@stowage/providers';
import type { WorkerEnvironment } from '../environment.js';
import { ENVIRONMENT } from '../environment.module.js';
import { storeHealth } from '../health/store-health.js';
import { Keys } from '../keys/keys.js';
import { type ProbeOptions, Prober } from '../probe-pool/prober.js';
import { StorageSettingsService } from '../storage-settings/storage-settings.service.js';
import { findConfig } from './find-config.js';
import { openInput, type SealedInput } from './open-input.js';
import { StorageAccess } from './storage-access.js';
import { Tenants } from '../tenants/tenants.js';

export interface InputTest extends SealedInput {
  depth: TestDepth;
}

export interface SavedTest {
  organizationId: string | null;
  storageConfigId: string;
  depth: TestDepth;
}

/** Tests that a person waits for. */
@Injectable()
export class ConnectionTest {
  constructor(
    @Inject(ENVIRONMENT) private readonly environment: WorkerEnvironment,
    private readonly keys: Keys,
    private readonly settings: StorageSettingsService,
    private readonly access: StorageAccess,
    private readonly prober: Prober,
    private readonly tenants: Tenants,
  ) {}

  /** Stores nothing. @throws StowageError what is wrong with the input; a failed test is a result */
  async ofInput({ depth, ...input }: InputTest, options: ProbeOptions): Promise<TestResult> {
    const { organizationId } = input;
    const requested = await openInput(this.keys, TestStorageConfig, input);
    await this.settings.requireAllowed(organizationId, requested.provider);
    const checked = checkFields(requested.provider, requested);
    const result = await this.prober.probe(
      {
        location: resolveLocation(
          { ...checked.fields, organization_id: organizationId, provider: requested.provider },
          { devEndpoints: this.environment.STORAGE_DEV_ENDPOINTS },
        ),
        organizationId,
        credentials: new Secret(checked.credentials as Credentials),
        depth,
        hostKeyPolicy: requested.host_key_policy,
      },
      options,
    );
    return Object.assign(result, { warnings: [...checked.warnings, ...result.warnings] });
  }

  /** Stores the health of the config. @throws StowageError when it cannot be tested at all */
  async ofSaved({ organizationId, storageConfigId, depth }: SavedTest, options: ProbeOptions): Promise<TestResult> {
    const config = await this.tenants.run(organizationId, (manager) =>
      findConfig(manager, { organizationId, storageConfigId, ifVersion: null }),
    );
    await this.settings.requireAllowed(organizationId, config.provider);
    const credentials = await this.access.credentialsOf(config);
    const location = this.access.locationOf(config);
    const result = await this.prober.probe({ location, organizationId, credentials, depth }, options);
    await this.tenants.run(organizationId, (manager) => storeHealth(manager, config, result));
    return result;
  }
}
