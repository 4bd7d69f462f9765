import { Inject, Injectable } from '@nestjs/common';
import type { Credentials, StorageLocation } from '@stowage/contracts';
import type { Destination, RecordIdentity, Secret } from '@stowage/encryption';
import { type StorageConfigEntity, toStorageConfig } from '@stowage/entities';
import { resolveLocation } from '@stowage/providers';
import { DataSource } from 'typeorm';
import type { WorkerEnvironment } from '../environment.js';
import { ENVIRONMENT } from '../environment.module.js';
import { Keys } from '../keys/keys.js';

/** Where a stored config is and what opens it: for services, tests and everything that dials a saved storage. */
@Injectable()
export class StorageAccess {
  constructor(
    @Inject(ENVIRONMENT) private readonly environment: WorkerEnvironment,
    private readonly keys: Keys,
    private readonly dataSource: DataSource,
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
    const ciphertext = config.credentialsCt ?? (await this.ciphertextOf(config.id));
    return (await this.keys.open(recordIdentity(config), ciphertext)) as Secret<Credentials>;
  }

  private async ciphertextOf(id: string): Promise<Buffer> {
    const [row]: { credentials_ct: Buffer }[] = await this.dataSource.query(
      'SELECT credentials_ct FROM storage_configs WHERE id = $1',
      [id],
    );
    return row?.credentials_ct ?? Buffer.alloc(0);
  }
}

type Addressed = Pick<
  StorageConfigEntity,
  'id' | 'organizationId' | 'provider' | 'endpointUrl' | 'host' | 'port' | 'tls'
>;

/** What sealed credentials are bound to: a row whose address is changed behind our back does not open any more. */
export function recordIdentity(config: Addressed): RecordIdentity {
  return { rowId: config.id, organizationId: config.organizationId, destination: destinationOf(config) };
}

function destinationOf({ provider, endpointUrl, host, port, tls }: Addressed): Destination {
  if (provider === 'sftp') return { provider, scheme: 'sftp', host, port };
  if (provider === 'ftp') return { provider, scheme: `ftp+${tls ?? 'none'}`, host, port };
  if (endpointUrl === null) return { provider, scheme: null, host: null, port: null };
  const endpoint = new URL(endpointUrl);
  const scheme = endpoint.protocol.slice(0, -1);
  const usualPort = scheme === 'https' ? 443 : 80;
  return { provider, scheme, host: endpoint.hostname, port: Number(endpoint.port) || usualPort };
}
