import { StorageFailure } from '../failure.js';

export interface RepairedPrivateKey {
  /** PEM with plain line ends. PKCS#8 is kept as such; `openPrivateKey` of the driver converts it. */
  key: string;
  /** What was mended, in words for a person; null when nothing had to be. */
  repaired: string | null;
}

const PEM = /-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----([\s\S]*?)-----END \1-----/;
const PUBLIC_KEY = /^(ssh-|ecdsa-sha2-|sk-)\S+ AAAA|-----BEGIN (RSA |EC |SSH2 )?PUBLIC KEY-----/m;
const LINE_LENGTH = 70;

/**
 * Brings a pasted private key back into shape: `\n` spelled out, indentation, Windows line ends, lost line breaks, quotes
 * and text around it. Needs no passphrase and does no key derivation, so that it is safe to run on any input.
 *
 * @throws StorageFailure `ssh.key_is_public`, `ssh.key_format`
 */
export function repairPrivateKey(text: string): RepairedPrivateKey {
  if (/^\s*PuTTY-User-Key-File-/.test(text)) {
    throw new StorageFailure('ssh.key_format', {
      values: { convert_words: '; convert a PuTTY key with: puttygen key.ppk -O private-openssh -o key.pem' },
    });
  }
  const lines = text.replaceAll(/\\r|\r/g, '').replaceAll('\\n', '\n');
  const [, label, inside] = PEM.exec(lines) ?? [];
  if (label === undefined || inside === undefined) {
    throw new StorageFailure(PUBLIC_KEY.test(lines) ? 'ssh.key_is_public' : 'ssh.key_format');
  }
  const key = `-----BEGIN ${label}-----\n${layOut(inside)}\n-----END ${label}-----\n`;
  return { key, repaired: key.trim() === text.replaceAll('\r\n', '\n').trim() ? null : whatWasMended(text) };
}

/** Whether a repaired key says of itself that it is encrypted; for such a key a passphrase is required. */
export function needsPassphrase(key: string): boolean {
  if (key.includes('-----BEGIN ENCRYPTED PRIVATE KEY-----') || /^Proc-Type: 4,ENCRYPTED$/m.test(key)) return true;
  return key.includes('-----BEGIN OPENSSH PRIVATE KEY-----') && cipherOf(key) !== 'none';
}

/** The lines between BEGIN and END. Headers (RFC 1421, of traditional encrypted keys) stand before an empty line. */
function layOut(inside: string): string {
  const lines = inside.split('\n').map((line) => line.trim());
  const headers = lines.filter((line) => /^[A-Za-z-]+: /.test(line));
  const body = lines.filter((line) => line !== '' && !headers.includes(line));
  const base64 = body.join('').replaceAll(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw new StorageFailure('ssh.key_format');
  const wellBroken = body.every((line) => /^\S{1,76}$/.test(line));
  return [...headers, ...(headers.length > 0 ? [''] : []), ...(wellBroken ? body : inLines(base64))].join('\n');
}

const inLines = (base64: string): string[] => base64.match(new RegExp(`.{1,${LINE_LENGTH}}`, 'g')) ?? [];

function whatWasMended(text: string): string {
  if (text.includes('\\n')) return 'The line breaks of private_key were spelled out as \\n; they were restored.';
  if (/^[ \t]+\S/m.test(text)) return 'private_key was indented; the indentation was removed.';
  return 'The line breaks of private_key and text around it were put right.';
}

/** The first field after the magic of https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key */
function cipherOf(key: string): string {
  const magic = 'openssh-key-v1\0';
  const blob = Buffer.from(key.replaceAll(/-----[^-]+-----/g, ''), 'base64');
  if (!blob.subarray(0, magic.length).equals(Buffer.from(magic)) || blob.length < magic.length + 4) return 'none';
  const length = blob.readUInt32BE(magic.length);
  return blob.subarray(magic.length + 4, magic.length + 4 + length).toString('latin1');
}
