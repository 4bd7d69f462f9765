import { createHash } from 'node:crypto';
import { lengthPrefixed } from './length-prefixed.js';

/** Where a storage's credentials are sent. */
export interface Destination {
  provider: string;
  /** `https`, `sftp`, `ftp`, ...; of the vendors below it does not count. Likewise host and port. */
  scheme: string | null;
  host: string | null;
  port: number | null;
}

/** Region, jurisdiction and account change the host within the vendor's domain: to the same party, so no new secret. */
const VENDOR_DOMAINS = new Map([
  ['aws_s3', 'amazonaws.com'],
  ['cloudflare_r2', 'r2.cloudflarestorage.com'],
  ['backblaze_b2', 'backblazeb2.com'],
]);

/** SHA-256 that changes exactly when the secret would go to another party. */
export function destinationFingerprint({ provider, scheme, host, port }: Destination): Buffer {
  const vendor = VENDOR_DOMAINS.get(provider);
  const parts = vendor
    ? [provider, vendor]
    : [provider, scheme ?? '', (host ?? '').toLowerCase(), port === null ? '' : String(port)];
  return createHash('sha256')
    .update(lengthPrefixed(...parts))
    .digest();
}
