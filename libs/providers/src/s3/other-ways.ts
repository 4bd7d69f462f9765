import { isIP } from 'node:net';
import type { Addressing, ChecksumMode, StorageLocation } from '@stowage/contracts';
import { StorageFailure } from '../failure.js';
import type { S3Way } from '../step-observer.js';

/** The same storage asked in another way. */
export type OtherWay =
  /** The driver may go on in this way by itself. */
  | { location: S3Way }
  /** A configuration to be changed by its owner: what the refusal really was. */
  | { location: { endpoint_url: string }; meaning: StorageFailure };

/** Ways that may be granted what was refused. None leaves the domain that the configuration names. */
export function otherWays(refusal: StorageFailure, location: StorageLocation): OtherWay[] {
  if (location.provider === 'cloudflare_r2') return otherJurisdictions(refusal, location);
  if (location.provider === 'minio') return otherAddressing(refusal, location);
  return [];
}

/** Modes to upload with when one was refused, the one that most services understand first. */
export function otherChecksumModes(refused: ChecksumMode | null): ChecksumMode[] {
  return (['md5', 'required', 'crc32'] as const).filter((mode) => mode !== refused);
}

const R2_HOST = /^([0-9a-f]{32})(?:\.(eu|fedramp))?\.r2\.cloudflarestorage\.com$/;

/**
 * R2 answers that a bucket does not exist, or denies access, where it was made in another jurisdiction:
 * https://developers.cloudflare.com/r2/reference/data-location/#jurisdictional-restrictions
 */
function otherJurisdictions({ code }: StorageFailure, location: StorageLocation): OtherWay[] {
  const url = new URL(location.endpoint_url ?? '');
  const [, account, used = 'default'] = R2_HOST.exec(url.hostname) ?? [];
  if (account === undefined || !/^(container\.not_found|permission\.)/.test(code)) return [];
  return ['default', 'eu', 'fedramp']
    .filter((jurisdiction) => jurisdiction !== used)
    .map((jurisdiction) => {
      url.hostname = `${account}${jurisdiction === 'default' ? '' : `.${jurisdiction}`}.r2.cloudflarestorage.com`;
      return {
        location: { endpoint_url: url.origin },
        meaning: new StorageFailure('s3.jurisdiction_mismatch', {
          step: 'container',
          values: { used, expected: jurisdiction },
          suggested: { jurisdiction },
        }),
      };
    });
}

/** Codes with which services answer to a bucket in the path or in the host where they want it in the other place. */
const PATH_REFUSED = ['container.not_found', 'object.not_found', 's3.unrecognised', 's3.redirected'];
const HOST_REFUSED = [...PATH_REFUSED, 'network.unreachable', 'tls.hostname_mismatch', 's3.not_s3'];

function otherAddressing({ code }: StorageFailure, location: StorageLocation): OtherWay[] {
  const { hostname } = new URL(location.endpoint_url ?? '');
  // An address has no names below it.
  if (isIP(hostname.replaceAll(/[[\]]/g, ''))) return [];
  const refusals = location.addressing === 'virtual' ? HOST_REFUSED : PATH_REFUSED;
  if (!refusals.includes(code)) return [];
  const addressing: Addressing = location.addressing === 'virtual' ? 'path' : 'virtual';
  return [{ location: { addressing } }];
}
