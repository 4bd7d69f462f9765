import { isIP } from 'node:net';
import { completeAddress, type Endpoint, parseEndpoint, parseHost } from './endpoint.js';
import type { FieldCheck } from './field-check.js';
import { normaliseDirectory } from './path-prefix.js';

const SFTP_PORT = 22;
const FTP_PORT = 21;
const FTPS_IMPLICIT_PORT = 990;

export function checkSftp(check: FieldCheck): void {
  takeAddress(check, ['sftp', 'ssh']);
  checkDirectory(check);
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
  const endpoint = takeAddress(check, ['ftp', 'ftps', 'ftpes']);
  checkDirectory(check);
  const { fields } = check;
  if (endpoint && endpoint.scheme !== 'ftp' && !check.given.has('tls')) {
    const isImplicit = endpoint.scheme === 'ftps' && fields.port === FTPS_IMPLICIT_PORT;
    fields.tls = isImplicit ? 'implicit' : 'explicit';
  }
  fields.port ??= fields.tls === 'implicit' ? FTPS_IMPLICIT_PORT : FTP_PORT;
  if (fields.tls === null && fields.port === FTPS_IMPLICIT_PORT) fields.tls = 'implicit';
}

/** `sftp://user@host:port/directory`, in either field, stands for the fields access_key, host, port and bucket. */
function takeAddress(check: FieldCheck, schemes: string[]): Endpoint | null {
  const inHost = takeHost(check, schemes);
  return takeEndpoint(check, schemes) ?? inHost;
}

function takeHost(check: FieldCheck, schemes: string[]): Endpoint | null {
  const { fields } = check;
  const text = fields.host;
  if (text === null) return null;
  if (isHostAlone(text)) {
    fields.host = check.parse('host', 'config.host', () => parseHost(text));
    sayHost(check, text);
    return null;
  }
  const endpoint = check.parse('host', 'config.host', () => parseAddress(text, schemes));
  fields.host = endpoint?.host ?? null;
  if (endpoint === null) return null;
  sayHost(check, text);
  if (endpoint.port !== null) adoptPort(check, endpoint.port, 'host');
  adoptRest(check, endpoint, 'host');
  return endpoint;
}

/** Whether the host stands in the address as it is kept, but for capitals. */
function namesHost(address: string, host: string): boolean {
  const parts = address.toLowerCase().split(/[/@]/);
  return parts.some((part) => [host, `[${host}]`].includes(part.replace(/:\d+$/, '')));
}

function sayHost(check: FieldCheck, given: string): void {
  const { host } = check.fields;
  if (host !== null && host !== given) check.warn('config.host', `host is kept as ${host}`);
}

/** Whatever else stands there is read as an address, or refused as one. */
function isHostAlone(text: string): boolean {
  return isIP(text) !== 0 || /^\[[^\]]*\]$/.test(text) || !/[/@:\s]/.test(text);
}

function takeEndpoint(check: FieldCheck, schemes: string[]): Endpoint | null {
  const { fields } = check;
  const text = fields.endpoint_url;
  if (text === null) return null;
  fields.endpoint_url = null;
  const endpoint = check.parse('endpoint_url', 'config.endpoint_url', () => parseAddress(text, schemes));
  if (endpoint === null) return null;
  if (check.given.has('host') && fields.host !== null && fields.host !== endpoint.host) {
    check.refuse(
      'host',
      'config.conflict',
      `host says ${fields.host}, but endpoint_url says ${endpoint.host}; leave one out`,
    );
  }
  fields.host = endpoint.host;
  if (!namesHost(text, endpoint.host)) sayHost(check, text);
  if (endpoint.port !== null) adoptPort(check, endpoint.port, 'endpoint_url');
  else if (!check.given.has('port')) fields.port = null;
  adoptRest(check, endpoint, 'endpoint_url');
  return endpoint;
}

function parseAddress(text: string, schemes: string[]): Endpoint {
  return parseEndpoint(completeAddress(text, schemes[0] ?? ''), schemes, { mayNameUser: true });
}

function adoptPort(check: FieldCheck, port: number, from: 'host' | 'endpoint_url'): void {
  const { fields, given } = check;
  if (given.has('port') && fields.port !== null && fields.port !== port) {
    check.refuse('port', 'config.conflict', `port says ${fields.port}, but ${from} says ${port}; leave one out`);
    return;
  }
  if (from === 'host' && fields.port !== port)
    check.warn('config.taken_from_endpoint', `port ${port} was taken from host`);
  fields.port = port;
}

function adoptRest(check: FieldCheck, { path, user }: Endpoint, from: 'host' | 'endpoint_url'): void {
  const { fields, credentials, given } = check;
  if (path !== '' && !given.has('bucket')) {
    fields.bucket = path;
    check.warn('config.taken_from_endpoint', `bucket ${path} was taken from ${from}`);
  }
  if (user === null) return;
  // A user name is a secret here: it is taken and compared, never shown.
  if (credentials.access_key !== undefined && credentials.access_key !== user) {
    check.refuse('access_key', 'config.conflict', `access_key and ${from} name two users; leave one out`);
    return;
  }
  if (credentials.access_key === undefined) {
    credentials.access_key = user;
    check.warn('config.taken_from_endpoint', `access_key was taken from ${from}`);
  }
}

/** For SFTP and FTP the base directory stands in `bucket`. */
export function checkDirectory(check: FieldCheck): void {
  const { fields } = check;
  const given = fields.bucket;
  if (given === null) return;
  fields.bucket = check.parse('bucket', 'config.directory', () => normaliseDirectory(given));
  if (fields.bucket !== given && check.given.has('bucket') && !check.refused.has('bucket')) {
    check.warn('config.directory', `bucket is kept as ${fields.bucket ?? 'the login directory'}`);
  }
}
