import { type Endpoint, parseEndpoint, parseHost } from './endpoint.js';
import type { FieldCheck } from './field-check.js';
import { normaliseDirectory } from './path-prefix.js';

const SFTP_PORT = 22;
const FTP_PORT = 21;
const FTPS_IMPLICIT_PORT = 990;

export function checkSftp(check: FieldCheck): void {
  takeEndpoint(check, ['sftp', 'ssh']);
  checkHost(check);
  check.fields.port ??= SFTP_PORT;
  checkKeys(check);
}

function checkKeys(check: FieldCheck): void {
  const { secret_key, private_key, passphrase } = check.credentials;
  const isSealed = check.given.has('private_key_sealed');
  if (isSealed && private_key !== undefined) {
    check.refuse(
      'private_key_sealed',
      'config.conflict',
      'private_key and private_key_sealed are two keys; leave one out',
    );
  }
  const opensNothing = private_key === undefined && (isSealed || secret_key !== undefined);
  if (passphrase !== undefined && opensNothing) {
    check.refuse('passphrase', 'config.conflict', 'passphrase belongs to a private_key; leave it out');
  }
}

export function checkFtp(check: FieldCheck): void {
  const endpoint = takeEndpoint(check, ['ftp', 'ftps', 'ftpes']);
  checkHost(check);
  const { fields } = check;
  if (endpoint && endpoint.scheme !== 'ftp' && !check.given.has('tls')) {
    const isImplicit = endpoint.scheme === 'ftps' && fields.port === FTPS_IMPLICIT_PORT;
    fields.tls = isImplicit ? 'implicit' : 'explicit';
  }
  fields.port ??= fields.tls === 'implicit' ? FTPS_IMPLICIT_PORT : FTP_PORT;
  if (fields.tls === null && fields.port === FTPS_IMPLICIT_PORT) fields.tls = 'implicit';
}

/** `sftp://host:port/directory` stands for the fields host, port and bucket. */
function takeEndpoint(check: FieldCheck, schemes: string[]): Endpoint | null {
  const { fields } = check;
  const text = fields.endpoint_url;
  if (text === null) return null;
  fields.endpoint_url = null;
  const endpoint = check.parse('endpoint_url', 'config.endpoint_url', () => parseEndpoint(text, schemes));
  if (endpoint === null) return null;
  if (check.given.has('host') && fields.host !== null && fields.host.toLowerCase() !== endpoint.host) {
    check.refuse(
      'host',
      'config.conflict',
      `host says ${fields.host}, but endpoint_url says ${endpoint.host}; leave one out`,
    );
  }
  if (check.given.has('port') && fields.port !== null && endpoint.port !== null && fields.port !== endpoint.port) {
    check.refuse(
      'port',
      'config.conflict',
      `port says ${fields.port}, but endpoint_url says ${endpoint.port}; leave one out`,
    );
  }
  fields.host = endpoint.host;
  if (!check.given.has('port')) fields.port = endpoint.port;
  if (endpoint.path !== '' && !check.given.has('bucket')) {
    fields.bucket = endpoint.path;
    check.warn('config.taken_from_endpoint', `bucket ${endpoint.path} was taken from endpoint_url`);
  }
  return endpoint;
}

function checkHost(check: FieldCheck): void {
  const { fields } = check;
  if (fields.host !== null) fields.host = check.parse('host', 'config.host', () => parseHost(fields.host ?? ''));
  checkDirectory(check);
}

/** For SFTP and FTP the base directory stands in `bucket`. */
export function checkDirectory(check: FieldCheck): void {
  const { fields } = check;
  if (fields.bucket !== null) {
    fields.bucket = check.parse('bucket', 'config.directory', () => normaliseDirectory(fields.bucket ?? ''));
  }
}
