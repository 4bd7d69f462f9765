/** Real servers for tests and for a development start: private, on 127.0.0.1 only, gone when their owner is. */
export { describeOnServers } from './describe-on-servers.js';
export { missing, MissingServerError, SERVER_NAMES, type ServerName } from './requirements.js';
export { startRadosgw, type Radosgw, type S3User } from './radosgw.js';
export { startSshd, type Sshd, type SshdOptions, type SshdUser } from './sshd.js';
export {
  makeCertificateAuthority,
  type CertificateAuthority,
  type SignedCertificate,
} from './certificate-authority.js';
export { NameServer } from './name-server.js';
export { startNginx, type Nginx, type NginxOptions } from './nginx.js';
export { startPostgres, type Postgres } from './postgres.js';
export { startProftpd, type Proftpd, type ProftpdUser } from './proftpd.js';
export { startRabbitmq, type Rabbitmq } from './rabbitmq.js';
export { startSilentPort, type SilentPort } from './silent-port.js';
export { startVsftpd, type Vsftpd, type VsftpdUser } from './vsftpd.js';
export { startSandboxS3, type SandboxS3 } from './sandbox-s3.js';
