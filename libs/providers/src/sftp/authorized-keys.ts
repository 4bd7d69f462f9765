/**
 * A line of `authorized_keys` that lets the key do file transfer and nothing else: no shell, no terminal, no forwarding,
 * and where addresses are given, only from them. OpenSSH 7.2 or newer; other servers want the public key alone.
 * https://man.openbsd.org/sshd#AUTHORIZED_KEYS_FILE_FORMAT
 */
export function authorizedKeysLine(publicKey: string, from: readonly string[] = []): string {
  const addresses = from.length === 0 ? '' : `from="${from.join(',')}",`;
  return `${addresses}restrict,command="internal-sftp" ${publicKey}`;
}
