import { IsBoolean, IsIn, IsInt, IsString, IsUUID } from 'class-validator';
import { Describe, Holds } from '../describe.js';
import type { ErrorBody } from '../errors.js';
import { Operation, OperationError } from '../operation.dto.js';
import { StorageLocation } from '../storage-location.js';
import { IsLine, MayBeOmitted, OrNull } from '../validators.js';

/** Data of `storage.default.get`: the storage to write a backup to. */
export class GetDefaultStorage {
  @Describe('The organization that asks for its storage.', '2f1d6f3e-8f5b-4b1e-9c53-0d8f0a7b6c5d')
  @IsUUID('all', { message: 'organization_id must be a UUID' })
  organization_id!: string;

  @Describe('Registry name of the caller: the answer is sealed to the key that is registered for it.', 'backup-service')
  @IsLine(128)
  recipient!: string;

  @Describe('What for: an inactive storage is given for reading only.', 'write')
  @IsIn(['write'], { message: 'purpose must be write' })
  purpose!: 'write';

  @Describe('Repeated inside the signature; for clients that do not see their correlation id.', 'b7c1d2e3')
  @MayBeOmitted()
  @IsLine(128)
  nonce?: string;
}

/** Data of `storage.config.get`: the storage that holds a backup, or one that a policy names. */
export class GetStorageConfig {
  @Describe('The organization that asks for its storage.', '2f1d6f3e-8f5b-4b1e-9c53-0d8f0a7b6c5d')
  @IsUUID('all', { message: 'organization_id must be a UUID' })
  organization_id!: string;

  @Describe('The storage.', 'a1b2c3d4-e5f6-4890-abcd-ef1234567890')
  @IsUUID('all', { message: 'storage_config_id must be a UUID' })
  storage_config_id!: string;

  @Describe('Registry name of the caller: the answer is sealed to the key that is registered for it.', 'backup-service')
  @IsLine(128)
  recipient!: string;

  @Describe('What for: an inactive storage is given for reading only.', 'read')
  @IsIn(['read', 'write'], { message: 'purpose must be read or write' })
  purpose!: 'read' | 'write';

  @Describe('Repeated inside the signature; for clients that do not see their correlation id.', 'b7c1d2e3')
  @MayBeOmitted()
  @IsLine(128)
  nonce?: string;
}

/** What every signed reply says (JWS, `typ: storage-reply+jws`). All keys are always present. */
export class SignedAnswer {
  @Describe('Who signed.', 'storage-worker')
  @IsIn(['storage-worker'])
  iss!: 'storage-worker';

  @Describe('Registry name of the caller; null when the caller is not registered.', 'backup-service')
  @OrNull()
  @IsString()
  aud!: string | null;

  @Describe("The request's correlation id.", '7e57ab1e-0000-4000-8000-000000000001')
  @OrNull()
  @IsString()
  cid!: string | null;

  @Describe("The request's nonce.", null)
  @OrNull()
  @IsString()
  nonce!: string | null;

  @Describe('Seconds since the epoch, whole.', 1_768_120_200)
  @IsInt()
  iat!: number;

  @Describe('iat + 60; receivers allow 5 s of skew.', 1_768_120_260)
  @IsInt()
  exp!: number;

  @Describe('Whether what was asked for is there; else error says why not.', true)
  @IsBoolean()
  ok!: boolean;

  @Describe('The organization asked for.', '2f1d6f3e-8f5b-4b1e-9c53-0d8f0a7b6c5d')
  @OrNull()
  @IsUUID()
  organization_id!: string | null;

  @Describe("The config's version; null on an error.", 1)
  @OrNull()
  @IsInt()
  version!: number | null;

  @Describe('static where there are credentials, else null.', 'static')
  @OrNull()
  @IsIn(['static'])
  credential_kind!: 'static' | null;

  @Describe('Static credentials do not expire.', null)
  @OrNull()
  @IsString()
  expires_at!: string | null;

  @Describe('Null on success.', null)
  @OrNull()
  @Holds(() => OperationError)
  error!: ErrorBody | null;
}

/** The signed answer to `storage.default.get` and `storage.config.get`. */
export class StorageReply extends SignedAnswer {
  @Describe('Null on an error.')
  @OrNull()
  @Holds(() => StorageLocation)
  storage!: StorageLocation | null;

  @Describe(
    'JWE compact (ECDH-ES, A256GCM) sealed to the recipient: JSON as in Credentials. Null on an error.',
    'eyJhbGciOiJFQ0RILUVTIiwiZW5jIjoiQTI1NkdDTSJ9..c2VhbGVk.c2VhbGVk.c2VhbGVk',
  )
  @OrNull()
  @IsString()
  credentials!: string | null;
}

/** The signed outcome of a command whose sender gave a reply address. */
export class OperationReply extends SignedAnswer {
  @Describe('The operation as it ended; null for a command that was refused.')
  @OrNull()
  @Holds(() => Operation)
  operation!: Operation | null;
}

/** A reply as it travels: nothing outside the JWS is to be believed. */
export class SignedReply {
  @Describe(
    'JWS compact (EdDSA, kid, typ: storage-reply+jws) of the whole answer.',
    'eyJhbGciOiJFZERTQSIsInR5cCI6InN0b3JhZ2UtcmVwbHkrandzIn0.e30.c2lnbmVk',
  )
  @IsString()
  signed!: string;
}
