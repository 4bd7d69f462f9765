import { Describe, HoldsList, type Provider, PROVIDERS } from '@stowage/contracts';
import type { OptionalPermission, PolicyDocument, StoragePolicy } from '@stowage/providers';
import { IsIn, IsString } from 'class-validator';

const FORMATS = ['json', 'shell', 'config', 'text'] as const;

class LeastPrivilegeDocument implements PolicyDocument {
  @Describe('Where it belongs.', 'IAM policy (stowage-policy.json)')
  @IsString()
  title!: string;

  @Describe('What it is written in.', 'json')
  @IsIn(FORMATS)
  format!: (typeof FORMATS)[number];

  @Describe('Complete, ready to paste. The user on a server is called `stowage`.')
  @IsString()
  content!: string;
}

class DispensablePermission implements OptionalPermission {
  @Describe('As the provider calls it.', 's3:ListBucket')
  @IsString()
  permission!: string;

  @Describe('What does not work without it.', 'Usage cannot be measured.')
  @IsString()
  lost!: string;
}

/** What to set up at a provider so that a key may do what backups need and nothing else. */
export class LeastPrivilegePolicy implements StoragePolicy {
  @Describe('The kind of storage.', 'aws_s3')
  @IsIn(PROVIDERS)
  provider!: Provider;

  @Describe('What is allowed and how to put it in place, for a person.')
  @IsString()
  explanation!: string;

  @Describe('In the order in which they are used.')
  @HoldsList(() => LeastPrivilegeDocument)
  documents!: LeastPrivilegeDocument[];

  @Describe('What may be taken out, and what is lost with it.')
  @HoldsList(() => DispensablePermission)
  optional!: DispensablePermission[];
}
