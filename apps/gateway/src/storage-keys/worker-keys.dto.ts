import { Describe, HoldsList, MayBeOmitted } from '@stowage/contracts';
import { IsIn, IsString } from 'class-validator';

/** A public key (RFC 7517). */
export class WorkerKey {
  @Describe('Names the key: its thumbprint (RFC 7638).', 'Yc3xkS6H2cmRMvCl6ZJyXIwNH8OmkZfzz2sMOiCgbvQ')
  @IsString()
  kid!: string;

  @Describe('enc: seal secrets to it. sig: verify replies with it.', 'enc')
  @IsIn(['enc', 'sig'])
  use!: string;

  @Describe('Key type.', 'EC')
  @IsIn(['EC', 'OKP'])
  kty!: string;

  @Describe('Curve.', 'P-256')
  @IsIn(['P-256', 'Ed25519'])
  crv!: string;

  @Describe('Public coordinate, base64url.')
  @IsString()
  x!: string;

  @Describe('Second public coordinate, base64url; P-256 only.')
  @MayBeOmitted()
  @IsString()
  y?: string;
}

/** The worker's public keys, newest first (a JWK Set, RFC 7517). */
export class WorkerPublicKeys {
  @Describe('Newest first: senders seal to the first `enc` key.')
  @HoldsList(() => WorkerKey)
  keys!: WorkerKey[];
}
