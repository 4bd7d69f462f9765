import { IsIn, IsUUID } from 'class-validator';
import type { ErrorBody } from '../errors.js';
import type { StorageLocation } from '../storage-location.js';
import { IsLine, MayBeOmitted } from '../validators.js';

/** Data of `storage.default.get`: the storage to write a backup to. */
export class GetDefaultStorage {
  @IsUUID('all', { message: 'organization_id must be a UUID' })
  organization_id!: string;

  /** Registry name of the caller. */
  @IsLine(128)
  recipient!: string;

  @IsIn(['write'], { message: 'purpose must be write' })
  purpose!: 'write';

  @MayBeOmitted()
  @IsLine(128)
  nonce?: string;
}

/** Data of `storage.config.get`: the storage that holds a backup, or one that a policy names. */
export class GetStorageConfig {
  @IsUUID('all', { message: 'organization_id must be a UUID' })
  organization_id!: string;

  @IsUUID('all', { message: 'storage_config_id must be a UUID' })
  storage_config_id!: string;

  @IsLine(128)
  recipient!: string;

  @IsIn(['read', 'write'], { message: 'purpose must be read or write' })
  purpose!: 'read' | 'write';

  @MayBeOmitted()
  @IsLine(128)
  nonce?: string;
}

/** Payload of the signed reply (JWS, `typ: storage-reply+jws`). All keys are always present. */
export interface StorageReply {
  iss: 'storage-worker';
  /** Registry name of the caller; null when the caller is not registered. */
  aud: string | null;
  /** The request's correlation id. */
  cid: string | null;
  nonce: string | null;
  /** Whole seconds. */
  iat: number;
  /** iat + 60; receivers allow 5 s of skew. */
  exp: number;
  ok: boolean;
  /** The organization asked for. */
  organization_id: string | null;
  /** The config's version. */
  version: number | null;
  storage: StorageLocation | null;
  /** JWE compact sealed to the recipient. */
  credentials: string | null;
  credential_kind: 'static' | null;
  expires_at: string | null;
  error: ErrorBody | null;
}

/** Everything outside the JWS is not to be believed. */
export interface SignedReply {
  signed: string;
}
