// The decorator of class-transformer reads metadata while this file is loaded, also where no framework has come first.
import 'reflect-metadata';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsIn, IsInt, IsUUID, ValidateNested } from 'class-validator';
import { Describe, HoldsList } from './describe.js';
import { IsLine, MayBeNull } from './validators.js';
import type { Provider } from './vocabulary.js';

/** The vendors' storages are at public addresses; only these can live in a private network. */
const PRIVATE_PROVIDERS = ['minio', 'sftp', 'ftp'] as const satisfies readonly Provider[];
const MOST_ALLOWANCES = 200;
const MOST_ORGANIZATIONS = 200;

/** A private network that storage may live in. */
export class AllowedNetwork {
  @Describe('IPv4 at most as wide as /16, IPv6 as /48.', '10.20.0.0/16')
  @IsLine(64)
  cidr!: string;

  @Describe('Ports that may be dialled there.', [9000])
  @IsArray({ message: 'ports must be a list' })
  @ArrayMinSize(1, { message: 'ports must name at least one port' })
  @ArrayMaxSize(64, { message: 'ports must name at most 64 ports' })
  @IsInt({ each: true, message: 'ports must hold whole numbers' })
  ports!: number[];

  @Describe('Providers that may be there.', ['minio'])
  @IsArray({ message: 'providers must be a list' })
  @ArrayMinSize(1, { message: 'providers must name at least one provider' })
  @ArrayUnique({ message: 'providers must not name a provider twice' })
  @IsIn(PRIVATE_PROVIDERS, { each: true, message: `providers must hold only ${PRIVATE_PROVIDERS.join(', ')}` })
  providers!: Provider[];

  @Describe('Organizations that may use it; null or left out: all of them, and the platform.', [
    '2f1d6f3e-8f5b-4b1e-9c53-0d8f0a7b6c5d',
  ])
  @MayBeNull()
  @IsArray({ message: 'organization_ids must be a list' })
  @ArrayMinSize(1, { message: 'organization_ids must name at least one organization; null means all' })
  @ArrayMaxSize(MOST_ORGANIZATIONS, { message: `organization_ids must name at most ${MOST_ORGANIZATIONS}` })
  @IsUUID('all', { each: true, message: 'organization_ids must hold UUIDs' })
  organization_ids?: string[] | null;

  @Describe('What it is for.', 'The object store of the data centre')
  @MayBeNull()
  @IsLine(200)
  note?: string | null;
}

/** Those that the platform administrator has entered; what EGRESS_ALLOW of the workers opens is open beside them. */
export class EgressAllowances {
  @Describe('At most 200; their order is kept.')
  @HoldsList(() => AllowedNetwork)
  @Type(() => AllowedNetwork)
  @IsArray({ message: 'allowances must be a list' })
  @ArrayMaxSize(MOST_ALLOWANCES, { message: `allowances must be at most ${MOST_ALLOWANCES}` })
  @ValidateNested({ each: true, message: 'allowances must hold objects' })
  allowances!: AllowedNetwork[];
}
