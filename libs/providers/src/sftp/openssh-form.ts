import { type KeyObject, randomBytes } from 'node:crypto';

const KEY_TYPE = 'ssh-ed25519';
const BLOCK_SIZE = 8;
const LINE_LENGTH = 70;

/**
 * An Ed25519 private key as OpenSSH writes it, unencrypted.
 * https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key
 */
export function privateKeyFile(key: KeyObject, comment: string): string {
  const { x, d } = key.export({ format: 'jwk' });
  const publicKey = Buffer.from(x ?? '', 'base64url');
  const check = randomBytes(4);
  const secrets = Buffer.concat([
    check,
    check,
    lengthPrefixed(KEY_TYPE),
    lengthPrefixed(publicKey),
    lengthPrefixed(Buffer.concat([Buffer.from(d ?? '', 'base64url'), publicKey])),
    lengthPrefixed(comment),
  ]);
  const file = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    lengthPrefixed('none'),
    lengthPrefixed('none'),
    lengthPrefixed(''),
    Buffer.from([0, 0, 0, 1]),
    lengthPrefixed(publicBlob(publicKey)),
    lengthPrefixed(Buffer.concat([secrets, paddingOf(secrets.length)])),
  ]);
  const lines = file.toString('base64').match(new RegExp(`.{1,${LINE_LENGTH}}`, 'g')) ?? [];
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join('\n')}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

/** The public half of an Ed25519 key as a `.pub` file holds it: RFC 4253 section 6.6 and RFC 8709 section 4. */
export function publicKeyLine(key: KeyObject, comment: string): string {
  const { x } = key.export({ format: 'jwk' });
  return `${KEY_TYPE} ${publicBlob(Buffer.from(x ?? '', 'base64url')).toString('base64')} ${comment}`;
}

function publicBlob(publicKey: Buffer): Buffer {
  return Buffer.concat([lengthPrefixed(KEY_TYPE), lengthPrefixed(publicKey)]);
}

/** 1, 2, 3 … up to a whole block. */
function paddingOf(length: number): Buffer {
  return Buffer.from(Array.from({ length: (BLOCK_SIZE - (length % BLOCK_SIZE)) % BLOCK_SIZE }, (_, i) => i + 1));
}

function lengthPrefixed(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
