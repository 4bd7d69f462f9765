import type { Credentials } from '@stowage/contracts';

const MAX_LENGTH = 200;
// Controls, and what reorders text or is invisible in it.
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/**
 * The server's own words, fit to be shown: at most 200 characters, nothing in them that controls a terminal or reorders
 * text, no secret that we know. Only for a server that has proven its protocol.
 */
export function evidenceOf(words: string, credentials?: Credentials): string {
  const scrubbed = withoutSecrets(words.slice(0, 10 * MAX_LENGTH), credentials)
    .replaceAll(UNPRINTABLE, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return scrubbed.length > MAX_LENGTH ? `${scrubbed.slice(0, MAX_LENGTH - 1)}…` : scrubbed;
}

/** A server may send back what it was sent, also encoded. */
function withoutSecrets(words: string, credentials?: Credentials): string {
  const secrets = Object.values(credentials ?? {}).filter((secret): secret is string => Boolean(secret));
  const spellings = secrets.flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('hex'),
  ]);
  return spellings
    .sort((a, b) => b.length - a.length)
    .reduce((text, secret) => text.replaceAll(secret, '[secret]'), words);
}
