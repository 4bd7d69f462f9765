import { Inject, Injectable } from '@nestjs/common';
import { type Credentials, StowageError, type StorageLocation } from '@stowage/contracts';
import { type Secret, VaultError } from '@stowage/encryption';
import { type StorageConfigEntity, toStorageConfig } from '@stowage/entities';
import { resolveLocation } from '@stowage/providers';
import { UnopenedAudit } from '../audit/unopened-audit.js';
import type { WorkerEnvironment } from '../environment.js';
import { ENVIRONMENT } from '../environment.module.js';
import { Keys } from '../keys/keys.js';
import { Tenants } from '../tenants/tenants.js';
import { recordIdentity } from './record-identity.js';

/** Where a stored config is and what opens it: for services, tests and everything that dials a saved storage. */
@Injectable()
export class StorageAccess {
  constructor(
    @Inject(ENVIRONMENT) private readonly environment: WorkerEnvironment,
    private readonly keys: Keys,
    private readonly tenants: Tenants,
    private readonly unopened: UnopenedAudit,
  ) {}

  /**
   * The storage with every default resolved.
   * @param tenant the organization on whose behalf: on the platform's storage it has a folder of its own; null = none
   */
  locationOf(config: StorageConfigEntity, tenant: string | null = null): StorageLocation {
    const { health, ...fields } = toStorageConfig(config);
    const stored = {
      ...fields,
      addressing: config.addressing,
      checksum_mode: config.checksumMode,
      health: { status: health.status, checked_at: health.checked_at },
    };
    const location = resolveLocation(stored, { devEndpoints: this.environment.STORAGE_DEV_ENDPOINTS });
    if (tenant === null || config.organizationId !== null) return location;
    return { ...location, path_prefix: `${location.path_prefix ?? ''}${tenant}/` };
  }

  /** @throws StowageError `credentials.unavailable` */
  async credentialsOf(config: StorageConfigEntity): Promise<Secret<Credentials>> {
    const ciphertext = config.credentialsCt ?? (await this.ciphertextOf(config));
    try {
      return (await this.keys.open(recordIdentity(config), ciphertext)) as Secret<Credentials>;
    } catch (error) {
      const cause = error instanceof StowageError ? error.cause : null;
      if (cause instanceof VaultError) this.unopened.note(config, cause.reason);
      throw error;
    }
  }

  private async ciphertextOf({ id, organizationId }: StorageConfigEntity): Promise<Buffer> {
    const [row]: { credentials_ct: Buffer }[] = await this.tenants.run(organizationId, (manager) =>
      manager.query('SELECT credentials_ct FROM storage_configs WHERE id = $1', [id]),
    );
    return row?.credentials_ct ?? Buffer.alloc(0);
  }
}
