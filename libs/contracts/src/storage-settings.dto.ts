import { ArrayUnique, IsArray, IsBoolean, IsIn } from 'class-validator';
import { MayBeOmitted } from './validators.js';
import { type Provider, PROVIDERS } from './vocabulary.js';

export interface StorageSettings {
  enabled_providers: Provider[];
  allow_org_byos: boolean;
  has_default_storage: boolean;
  /** Addresses from which the platform dials storages (EGRESS_PUBLIC_IPS). */
  egress_ips: string[];
}

/** Body of PATCH /storage-settings. A field whose environment variable is set is refused with `settings.fixed_by_environment`. */
export class UpdateStorageSettings {
  @MayBeOmitted()
  @IsArray({ message: 'enabled_providers must be a list' })
  @ArrayUnique({ message: 'enabled_providers must not name a provider twice' })
  @IsIn(PROVIDERS, { each: true, message: `enabled_providers must hold only ${PROVIDERS.join(', ')}` })
  enabled_providers?: Provider[];

  @MayBeOmitted()
  @IsBoolean({ message: 'allow_org_byos must be true or false' })
  allow_org_byos?: boolean;
}
