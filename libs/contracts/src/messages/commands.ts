import { IsBoolean, IsIn, IsUUID } from 'class-validator';
import { type CreateStorageConfig, StorageFields } from '../storage-config.dto.js';
import { IsLine, IsText, MayBeOmitted } from '../validators.js';
import { type Provider, PROVIDERS } from '../vocabulary.js';

/** Data of the commands `storage.test` and `storage.usage.refresh`. */
export class StorageCommand {
  @IsUUID('all', { message: 'organization_id must be a UUID' })
  organization_id!: string;

  @IsUUID('all', { message: 'storage_config_id must be a UUID' })
  storage_config_id!: string;
}

/** Data of the command `storage.create`: the REST body with sealed credentials in place of the secrets. */
export class CreateStorageCommand extends StorageFields {
  @IsUUID('all', { message: 'organization_id must be a UUID' })
  organization_id!: string;

  @IsLine(255)
  idempotency_key!: string;

  @IsLine(100)
  name!: string;

  @IsIn(PROVIDERS, { message: `provider must be one of ${PROVIDERS.join(', ')}` })
  provider!: Provider;

  @MayBeOmitted()
  @IsBoolean({ message: 'is_default must be true or false' })
  is_default?: boolean;

  /** JWE compact, sealed to the worker, of an object with those given of access_key, secret_key, private_key, passphrase. */
  @IsText(65_536)
  credentials!: string;
}

/** A storage configuration in a gateway request: the REST body without its secrets. */
export type ConfigWithoutSecrets<T> = Omit<T, 'access_key' | 'secret_key' | 'private_key' | 'passphrase'>;
export type CreateConfigBody = ConfigWithoutSecrets<CreateStorageConfig>;
