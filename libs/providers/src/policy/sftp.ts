import { authorizedKeysLine } from '../sftp/authorized-keys.js';
import { accountCommands, baseDirectory, SERVER_ROOT, SERVER_USER } from './server-folder.js';
import type { PolicyTarget, StoragePolicy } from './storage-policy.js';

const KEYS_FOLDER = '/etc/ssh/authorized_keys';

/** https://man.openbsd.org/sshd_config and https://man.openbsd.org/sshd#AUTHORIZED_KEYS_FILE_FORMAT */
export function sftpPolicy(target: PolicyTarget): StoragePolicy {
  return {
    provider: 'sftp',
    explanation: `A user ${SERVER_USER} that logs in with a key, sees ${SERVER_ROOT} as its whole server, may write in ${baseDirectory(target)} only, and gets neither a shell nor a tunnel. Fill in ${SERVER_USER} as access_key and ${baseDirectory(target)} as bucket (base directory). Put the public key (POST /storage-tools/ssh-key makes one) in ${KEYS_FOLDER}/${SERVER_USER} with the options shown. Keep the session you are in open until a test has passed.`,
    documents: [
      {
        title: 'User and folders',
        format: 'shell',
        content: lines([...accountCommands(target), `sudo install -d -o root -g root -m 755 ${KEYS_FOLDER}`]),
      },
      {
        title: '/etc/ssh/sshd_config, at its end',
        format: 'config',
        content: lines([
          `Match User ${SERVER_USER}`,
          `    AuthorizedKeysFile ${KEYS_FOLDER}/%u`,
          '    AuthenticationMethods publickey',
          `    ChrootDirectory ${SERVER_ROOT}`,
          '    ForceCommand internal-sftp',
          '    DisableForwarding yes',
          '    PermitTTY no',
        ]),
      },
      {
        title: `${KEYS_FOLDER}/${SERVER_USER}`,
        format: 'config',
        content: lines([authorizedKeysLine('<the public key>', target.egressIps)]),
      },
      { title: 'Put it in force', format: 'shell', content: lines(['sudo sshd -t && sudo systemctl reload ssh']) },
    ],
    optional: [{ permission: 'Reading folders', lost: 'Usage cannot be measured.' }],
  };
}

function lines(each: string[]): string {
  return `${each.join('\n')}\n`;
}
