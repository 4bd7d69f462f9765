import { IsBoolean, IsIn, IsUUID } from 'class-validator';
import { Describe } from '../describe.js';
import { type CreateStorageConfig, StorageFields } from '../storage-config.dto.js';
import { IsLine, IsText, MayBeOmitted } from '../validators.js';
import { type Provider, PROVIDERS } from '../vocabulary.js';

/** Data of the commands `storage.test` and `storage.usage.refresh`. */
export class StorageCommand {
  @Describe('The organization that the storage belongs to.', '2f1d6f3e-8f5b-4b1e-9c53-0d8f0a7b6c5d')
  @IsUUID('all', { message: 'organization_id must be a UUID' })
  organization_id!: string;

  @Describe('The storage.', 'a1b2c3d4-e5f6-4890-abcd-ef1234567890')
  @IsUUID('all', { message: 'storage_config_id must be a UUID' })
  storage_config_id!: string;
}

/** Data of the command `storage.create`: the REST body with sealed credentials in place of the secrets. */
export class CreateStorageCommand extends StorageFields {
  @Describe('The organization that the storage is to belong to.', '2f1d6f3e-8f5b-4b1e-9c53-0d8f0a7b6c5d')
  @IsUUID('all', { message: 'organization_id must be a UUID' })
  organization_id!: string;

  @Describe('One storage for each, for ever: a repetition answers with the first.', 'onboarding-4711')
  @IsLine(255)
  idempotency_key!: string;

  @Describe('Unique in the organization, without regard to case.', 'Production Backups')
  @IsLine(100)
  name!: string;

  @Describe('The kind of storage.', 'cloudflare_r2')
  @IsIn(PROVIDERS, { message: `provider must be one of ${PROVIDERS.join(', ')}` })
  provider!: Provider;

  @Describe('Whether backups go here unless told otherwise.', true)
  @MayBeOmitted()
  @IsBoolean({ message: 'is_default must be true or false' })
  is_default?: boolean;

  @Describe(
    'JWE compact (ECDH-ES, A256GCM), sealed to the worker: JSON with those given of access_key, secret_key, private_key, passphrase.',
    'eyJhbGciOiJFQ0RILUVTIiwiZW5jIjoiQTI1NkdDTSJ9..q2VhbGVk.c2VhbGVk.c2VhbGVk',
  )
  @IsText(65_536)
  credentials!: string;
}

/** A storage configuration in a gateway request: the REST body without its secrets. */
export type ConfigWithoutSecrets<T> = Omit<T, 'access_key' | 'secret_key' | 'private_key' | 'passphrase'>;
export type CreateConfigBody = ConfigWithoutSecrets<CreateStorageConfig>;
