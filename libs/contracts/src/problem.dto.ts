import { IsInt, IsString } from 'class-validator';
import { Describe, HoldsList } from './describe.js';
import type { FieldError } from './errors.js';
import { MayBeOmitted } from './validators.js';

/** One bad field of a request. */
export class FieldProblem implements FieldError {
  @Describe('The field of the body, the query parameter or the header.', 'account_id')
  @IsString()
  field!: string;

  @Describe('The name of the broken rule.', 'required')
  @IsString()
  code!: string;

  @Describe('For a person.', 'Account ID is required for Cloudflare R2')
  @IsString()
  message!: string;
}

/** Every error answer: a problem document (RFC 9457), `application/problem+json`. */
export class Problem {
  @Describe('A URN made of the code.', 'urn:stowage:error:config.has_backups')
  @IsString()
  type!: string;

  @Describe('The kind of error, the same for every occurrence.', 'Backups are recorded on this storage')
  @IsString()
  title!: string;

  @Describe('The HTTP status.', 400)
  @IsInt()
  status!: number;

  @Describe(
    'What happened, in one sentence.',
    'Cannot delete storage config with 42 backups. Delete or migrate backups first.',
  )
  @IsString()
  detail!: string;

  @Describe('Stable code to act on.', 'config.has_backups')
  @IsString()
  code!: string;

  @Describe('Names this request in the logs.', '0d4f5b0e-8f0c-4a53-9d6f-2f6b8b3c9a11')
  @IsString()
  request_id!: string;

  @Describe('Each bad field, where the request is not valid.')
  @MayBeOmitted()
  @HoldsList(() => FieldProblem)
  errors?: FieldProblem[];
}
