import { ArrayUnique, IsArray, IsBoolean, IsIn, IsString } from 'class-validator';
import { Describe } from './describe.js';
import { MayBeOmitted } from './validators.js';
import { type Provider, PROVIDERS } from './vocabulary.js';

/** What the platform offers its organizations. */
export class StorageSettings {
  @Describe('Providers that organizations may configure.', [...PROVIDERS])
  @IsIn(PROVIDERS, { each: true })
  enabled_providers!: Provider[];

  @Describe('Whether organizations may configure their own storage.', true)
  @IsBoolean()
  allow_org_byos!: boolean;

  @Describe('Whether the platform has a storage for organizations without one of their own.', false)
  @IsBoolean()
  has_default_storage!: boolean;

  @Describe('Addresses from which storages are reached: let these in.', ['203.0.113.10'])
  @IsString({ each: true })
  egress_ips!: string[];
}

/** Body of PATCH /storage-settings. A field whose environment variable is set is refused with `settings.fixed_by_environment`. */
export class UpdateStorageSettings {
  @Describe('Providers that organizations may configure.', ['aws_s3', 'cloudflare_r2'])
  @MayBeOmitted()
  @IsArray({ message: 'enabled_providers must be a list' })
  @ArrayUnique({ message: 'enabled_providers must not name a provider twice' })
  @IsIn(PROVIDERS, { each: true, message: `enabled_providers must hold only ${PROVIDERS.join(', ')}` })
  enabled_providers?: Provider[];

  @Describe('Whether organizations may configure their own storage.', false)
  @MayBeOmitted()
  @IsBoolean({ message: 'allow_org_byos must be true or false' })
  allow_org_byos?: boolean;
}
