import type { Algorithms, ServerHostKeyAlgorithm } from 'ssh2';

/** The kinds of host key, best first. A server holds at most one key of each, so each has a fingerprint of its own. */
export const HOST_KEY_KINDS: readonly ServerHostKeyAlgorithm[][] = [
  ['ssh-ed25519'],
  ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'],
  ['rsa-sha2-512', 'rsa-sha2-256'],
];

/** What is still safe: no SHA-1 in signatures or key exchange, no DSA, no CBC, no compression (it costs memory to unpack). */
export function safeAlgorithms(hostKeys: readonly ServerHostKeyAlgorithm[] = HOST_KEY_KINDS.flat()): Algorithms {
  return {
    serverHostKey: [...hostKeys],
    kex: [
      'curve25519-sha256',
      'curve25519-sha256@libssh.org',
      'ecdh-sha2-nistp256',
      'ecdh-sha2-nistp384',
      'ecdh-sha2-nistp521',
      'diffie-hellman-group-exchange-sha256',
      'diffie-hellman-group14-sha256',
      'diffie-hellman-group16-sha512',
    ],
    cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes192-ctr', 'aes256-ctr'],
    hmac: [
      'hmac-sha2-256-etm@openssh.com',
      'hmac-sha2-512-etm@openssh.com',
      'hmac-sha2-256',
      'hmac-sha2-512',
      // Unlike the bare hash, HMAC-SHA1 is not broken, and appliances that offer nothing better are many.
      'hmac-sha1',
    ],
    compress: ['none'],
  };
}
