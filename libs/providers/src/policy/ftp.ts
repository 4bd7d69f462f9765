import { accountCommands, baseDirectory, SERVER_ROOT, SERVER_USER, serverFolder } from './server-folder.js';
import type { PolicyTarget, StoragePolicy } from './storage-policy.js';

const PASSIVE_PORTS = { first: 40_000, last: 40_100 };

/** http://vsftpd.beasts.org/vsftpd_conf.html and http://www.proftpd.org/docs/howto/Limit.html, .../docs/contrib/mod_tls.html */
export function ftpPolicy(target: PolicyTarget): StoragePolicy {
  return {
    provider: 'ftp',
    explanation: `A user ${SERVER_USER} that logs in over TLS only, sees ${SERVER_ROOT} as its whole server and may write in ${baseDirectory(target)} only. Fill in ${SERVER_USER} as access_key and ${baseDirectory(target)} as bucket (base directory). Take the block of the server that you run; both are for a server that serves backups alone: nobody else can log in any more. Let ports 21 and ${PASSIVE_PORTS.first} to ${PASSIVE_PORTS.last} through the firewall${target.egressIps.length === 0 ? '' : ` for ${target.egressIps.join(', ')}`} and restart the server. SFTP does the same with one port and without certificates.`,
    documents: [
      {
        title: 'User and folders',
        format: 'shell',
        content: lines([
          ...accountCommands(target),
          `sudo passwd ${SERVER_USER}`,
          'grep -qx /usr/sbin/nologin /etc/shells || echo /usr/sbin/nologin | sudo tee -a /etc/shells',
          `echo ${SERVER_USER} | sudo tee -a /etc/vsftpd.userlist`,
        ]),
      },
      { title: '/etc/vsftpd.conf, the whole file', format: 'config', content: vsftpd() },
      { title: '/etc/proftpd/conf.d/stowage.conf', format: 'config', content: proftpd(target) },
    ],
    optional: [{ permission: 'MLSD or LIST', lost: 'Usage cannot be measured.' }],
  };
}

function vsftpd(): string {
  return lines([
    'listen=NO',
    'listen_ipv6=YES',
    'pam_service_name=vsftpd',
    'anonymous_enable=NO',
    'local_enable=YES',
    'write_enable=YES',
    'userlist_enable=YES',
    'userlist_deny=NO',
    'userlist_file=/etc/vsftpd.userlist',
    'chroot_local_user=YES',
    `local_root=${SERVER_ROOT}`,
    'local_umask=077',
    'ssl_enable=YES',
    'force_local_logins_ssl=YES',
    'force_local_data_ssl=YES',
    'rsa_cert_file=/etc/ssl/certs/ftp.pem',
    'rsa_private_key_file=/etc/ssl/private/ftp.key',
    `pasv_min_port=${PASSIVE_PORTS.first}`,
    `pasv_max_port=${PASSIVE_PORTS.last}`,
  ]);
}

function proftpd(target: PolicyTarget): string {
  return lines([
    `DefaultRoot ${SERVER_ROOT} ${SERVER_USER}`,
    'RequireValidShell off',
    `PassivePorts ${PASSIVE_PORTS.first} ${PASSIVE_PORTS.last}`,
    // Not in <IfModule>: without the module the server must not start, rather than take logins in clear text.
    'TLSEngine on',
    'TLSRequired on',
    'TLSProtocol TLSv1.2 TLSv1.3',
    'TLSRSACertificateFile /etc/ssl/certs/ftp.pem',
    'TLSRSACertificateKeyFile /etc/ssl/private/ftp.key',
    '<Limit LOGIN>',
    `  AllowUser ${SERVER_USER}`,
    '  DenyAll',
    '</Limit>',
    `<Directory ${SERVER_ROOT}>`,
    '  <Limit WRITE>',
    '    DenyAll',
    '  </Limit>',
    '</Directory>',
    `<Directory ${serverFolder(target)}>`,
    '  <Limit WRITE>',
    `    AllowUser ${SERVER_USER}`,
    '    DenyAll',
    '  </Limit>',
    '</Directory>',
  ]);
}

function lines(each: string[]): string {
  return `${each.join('\n')}\n`;
}
