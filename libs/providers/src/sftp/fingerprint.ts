import { createHash } from 'node:crypto';

export interface HostKey {
  /** `SHA256:…`, as `ssh-keygen -l` prints it. */
  sha256: string;
  /** E.g. `ssh-ed25519`. */
  type: string;
}

/** The fingerprint and type of a raw public key as RFC 4253 section 6.6 lays it out. */
export function hostKeyOf(raw: Buffer): HostKey {
  const digest = createHash('sha256').update(raw).digest('base64').replace(/=+$/, '');
  return { sha256: `SHA256:${digest}`, type: raw.toString('latin1', 4, 4 + raw.readUInt32BE(0)) };
}
