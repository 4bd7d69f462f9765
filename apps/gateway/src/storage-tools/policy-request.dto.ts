import { Describe, type Provider, PROVIDERS, StorageFields } from '@stowage/contracts';
import { IsIn } from 'class-validator';

/** The storage that a policy is for; fields that the policy does not depend on may be there too, secrets may not. */
export class PolicyRequest extends StorageFields {
  @Describe('The kind of storage.', 'aws_s3')
  @IsIn(PROVIDERS, { message: `provider must be one of ${PROVIDERS.join(', ')}` })
  provider!: Provider;
}
