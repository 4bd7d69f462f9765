import {
  Describe,
  Holds,
  HoldsList,
  MayBeOmitted,
  type Provider,
  PROVIDERS,
  SECRET_FIELDS,
  type SecretField,
} from '@stowage/contracts';
import type { FieldDescription, ProviderDescription, ProviderFacts } from '@stowage/providers';
import { IsBoolean, IsIn, IsObject, IsString } from 'class-validator';

const FIELD_KINDS = ['text', 'secret', 'multiline', 'multiline_secret', 'number', 'choice', 'boolean'] as const;
const COMPLEXITIES = ['Easy', 'Moderate', 'Advanced'] as const;

class FieldChoice {
  @Describe('What to send.', 'explicit')
  @IsString()
  value!: string;

  @Describe('What to show.', 'TLS on the control port (AUTH TLS)')
  @IsString()
  label!: string;
}

class ProviderField implements FieldDescription {
  @Describe('The field of the request body.', 'bucket')
  @IsString()
  name!: string;

  @Describe('What to show beside the field.', 'Bucket Name')
  @IsString()
  label!: string;

  @Describe('What the field is for.', 'The bucket that backups are written to.')
  @IsString()
  help!: string;

  @Describe('How it is entered.', 'text')
  @IsIn(FIELD_KINDS)
  kind!: (typeof FIELD_KINDS)[number];

  @Describe('Whether it must be given.', true)
  @IsBoolean()
  required!: boolean;

  @Describe('Write-only: never shown again.', false)
  @IsBoolean()
  secret!: boolean;

  @Describe('Shown greyed in an empty field.', 'oecsh-backups')
  @MayBeOmitted()
  @IsString()
  placeholder?: string;

  @Describe('What holds when it is left out: text, a number, or true or false.', 22)
  @MayBeOmitted()
  default?: string | number | boolean;

  @Describe('For kind choice: what to choose from.')
  @MayBeOmitted()
  @HoldsList(() => FieldChoice)
  choices?: FieldChoice[];
}

class ProviderComparison implements ProviderFacts {
  @Describe('Who it suits.', 'Most users')
  @IsString()
  best_for!: string;

  @Describe('Price of storing.', '$0.015/GB/mo')
  @IsString()
  cost!: string;

  @Describe('Price of downloading.', '$0')
  @IsString()
  egress_fees!: string;

  @Describe('How much there is to set up.', 'Easy')
  @IsIn(COMPLEXITIES)
  setup_complexity!: (typeof COMPLEXITIES)[number];

  @Describe('In a few words.', 'Zero egress, S3-compatible, recommended')
  @IsString()
  notes!: string;

  @Describe('Feature by feature.', { 'Zero Egress': 'yes' })
  @IsObject()
  features!: Record<string, string>;
}

/** A kind of storage: the fields that its form has, and facts to compare it by. */
export class StorageProvider implements ProviderDescription {
  @Describe('The `provider` of a storage configuration.', 'cloudflare_r2')
  @IsIn(PROVIDERS)
  provider!: Provider;

  @Describe('Its name.', 'Cloudflare R2')
  @IsString()
  label!: string;

  @Describe('Whether it is the one to begin with.', true)
  @IsBoolean()
  recommended!: boolean;

  @Describe('Facts to compare it by.')
  @Holds(() => ProviderComparison)
  facts!: ProviderComparison;

  @Describe('The fields of its form, in order.')
  @HoldsList(() => ProviderField)
  fields!: ProviderField[];

  @Describe('Which of them are write-only.', ['access_key', 'secret_key'])
  @IsIn(SECRET_FIELDS, { each: true })
  secret_fields!: readonly SecretField[];
}
