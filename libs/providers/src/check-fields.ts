import { X509Certificate } from 'node:crypto';
import {
  type Credentials,
  type Provider,
  SECRET_FIELDS,
  type SecretField,
  type StorageInput,
  type Warning,
} from '@stowage/contracts';
import { inWords } from './diagnosis/diagnose.js';
import { DESCRIPTIONS } from './descriptions.js';
import { normalisePathPrefix } from './path-prefix.js';
import { StorageFailure } from './failure.js';
import { type CheckedField, type CheckedFields, FieldCheck, NO_FIELDS } from './field-check.js';
import type { ProviderDescription } from './fields.js';
import { checkFtp, checkSftp } from './host-rules.js';
import { checkAwsS3, checkBackblazeB2, checkCloudflareR2, checkMinio } from './s3/rules.js';
import { isS3Provider } from './s3/vendors.js';
import { needsPassphrase, repairPrivateKey } from './sftp/private-key.js';

const RULES: Record<Provider, (check: FieldCheck) => void> = {
  aws_s3: checkAwsS3,
  cloudflare_r2: checkCloudflareR2,
  backblaze_b2: checkBackblazeB2,
  minio: checkMinio,
  sftp: checkSftp,
  ftp: checkFtp,
};

/** Fields that a form does not show but a request may hold: they are read into others, or say what others say. */
const READ_INTO_OTHERS: Record<Provider, readonly string[]> = {
  aws_s3: ['endpoint_url'],
  cloudflare_r2: ['endpoint_url', 'region'],
  backblaze_b2: [],
  minio: [],
  sftp: ['endpoint_url', 'host_key_policy', 'private_key_sealed'],
  ftp: ['endpoint_url'],
};

/** Fields that decide where a secret is sent. A vendor's domain is the vendor's whatever its region. */
const DESTINATION: Record<Provider, readonly (keyof CheckedFields)[]> = {
  aws_s3: [],
  cloudflare_r2: [],
  backblaze_b2: [],
  minio: ['endpoint_url'],
  sftp: ['host', 'port', 'host_key_sha256'],
  ftp: ['host', 'port', 'tls'],
};

/** The fields and secrets of a request or message, as plain data. */
export type FieldInput = Pick<StorageInput, keyof StorageInput>;

export interface CheckFieldsOptions {
  /** PATCH: the fields as they are stored; what the input leaves out stays, null clears. */
  stored?: CheckedFields;
}

export interface CheckedInput {
  fields: CheckedFields;
  /** The credentials that this request brought, put right. */
  credentials: Partial<Credentials>;
  /** What was changed in the input, and what should be known about it. */
  warnings: Warning[];
  /** PATCH: whether the place that secrets are sent to is another one now. */
  destinationChanged: boolean;
}

/**
 * What a provider requires, allows and derives: the one set of rules for REST, messages and forms. Shapes (types, lengths,
 * control characters) are those of the DTO classes and were checked before.
 *
 * @throws StowageError with all problems at once, one for each bad field; `request.validation`, `credentials.required`
 * or `endpoint.not_vendor`
 */
export function checkFields(provider: Provider, input: FieldInput, options: CheckFieldsOptions = {}): CheckedInput {
  const description = DESCRIPTIONS[provider];
  const given = new Set(
    Object.entries(input).flatMap(([name, value]) => (value === undefined || value === null ? [] : [name])),
  );
  const credentials = Object.fromEntries(
    SECRET_FIELDS.flatMap((name) => (input[name] === undefined ? [] : [[name, input[name]]])),
  );
  const check = new FieldCheck(provider, merge(options.stored ?? NO_FIELDS, input), credentials, given);

  refuseForeignFields(check, description);
  trimFields(check);
  putCredentialsRight(check, options.stored !== undefined);
  checkPathPrefix(check);
  checkCaCertificate(check);
  RULES[provider](check);
  requireFields(check, description);
  const destinationChanged = options.stored !== undefined && destinationDiffers(provider, options.stored, check.fields);
  if (options.stored === undefined || destinationChanged) requireCredentials(check, description, destinationChanged);
  check.throwProblems();

  return { fields: check.fields, credentials: check.credentials, warnings: check.warnings, destinationChanged };
}

function merge(stored: CheckedFields, input: FieldInput): CheckedFields {
  const merged: Record<string, unknown> = { ...stored };
  for (const name of Object.keys(NO_FIELDS) as (keyof CheckedFields)[]) {
    if (input[name] !== undefined) merged[name] = input[name];
  }
  return merged as unknown as CheckedFields;
}

export function refuseForeignFields(check: FieldCheck, { label, fields }: ProviderDescription): void {
  const own = new Set([...fields.map(({ name }) => name), ...READ_INTO_OTHERS[check.provider]]);
  const known: readonly string[] = [
    ...Object.keys(NO_FIELDS),
    ...SECRET_FIELDS,
    'host_key_policy',
    'private_key_sealed',
  ];
  for (const name of known.filter((field) => check.given.has(field) && !own.has(field))) {
    check.refuse(name as CheckedField, 'config.foreign_field', `${name} is not a field of ${label}; leave it out`);
  }
}

/** Fields that never begin or end with a blank. A directory may. */
const TRIMMED = ['region', 'endpoint_url', 'account_id', 'host', 'host_key_sha256'] as const;

function trimFields(check: FieldCheck): void {
  const { fields, given } = check;
  const names = isS3Provider(check.provider) ? ([...TRIMMED, 'bucket'] as const) : TRIMMED;
  for (const name of names) {
    const value = fields[name];
    if (value === null || !given.has(name)) continue;
    const trimmed = trim(value);
    if (trimmed === value || trimmed === '') continue;
    fields[name] = trimmed;
    check.warn('config.trimmed', `${name}: blanks around it were removed`);
  }
}

const trim = (text: string): string => text.replaceAll(/^[\s\u200b\ufeff]+|[\s\u200b\ufeff]+$/g, '');

/** S3 keys never hold blanks, so those around a pasted one go. A password may, so it loses only line ends. */
function putCredentialsRight(check: FieldCheck, mayHavePassphrase: boolean): void {
  for (const name of SECRET_FIELDS) {
    const value = check.credentials[name];
    if (value === undefined) continue;
    if (name === 'private_key') putPrivateKeyRight(check, value, mayHavePassphrase);
    else putSecretRight(check, name, value);
  }
}

function putSecretRight(check: FieldCheck, name: SecretField, value: string): void {
  const isS3 = isS3Provider(check.provider);
  const trimmed = isS3 ? trim(value) : value.replace(/[\r\n]+$/, '');
  check.credentials[name] = trimmed;
  if (trimmed !== value) {
    check.warn('credentials.trimmed', `${name}: ${isS3 ? 'blanks around it' : 'line ends after it'} were removed`);
  }
  if (trimmed === '') delete check.credentials[name];
  else if (isS3 && !/^[\x21-\x7e]+$/.test(trimmed)) {
    check.refuse(
      name,
      'credentials.characters',
      `${name} holds blanks or characters that no such key has; paste it again`,
    );
  } else if (/\p{Cc}/u.test(trimmed)) {
    check.refuse(name, 'credentials.characters', `${name} must not contain control characters`);
  }
}

/** @param mayHavePassphrase one may be stored already */
function putPrivateKeyRight(check: FieldCheck, value: string, mayHavePassphrase: boolean): void {
  try {
    const { key, repaired } = repairPrivateKey(value);
    check.credentials.private_key = key;
    if (needsPassphrase(key) && !check.credentials.passphrase && !mayHavePassphrase) {
      throw new StorageFailure('ssh.key_passphrase_missing');
    }
    if (repaired !== null) check.warn('credentials.private_key_repaired', repaired);
  } catch (error) {
    if (!(error instanceof StorageFailure)) throw error;
    const { cause, hint } = inWords(error, check.provider);
    const field = error.code === 'ssh.key_passphrase_missing' ? 'passphrase' : 'private_key';
    check.refuse(field, error.code, `${cause}. ${hint}`);
  }
}

export function checkPathPrefix(check: FieldCheck): void {
  const given = check.fields.path_prefix;
  if (given === null) return;
  const normal = check.parse('path_prefix', 'config.path_prefix', () => normalisePathPrefix(given));
  if (normal !== given && check.given.has('path_prefix')) {
    check.warn('config.path_prefix', `path_prefix is kept as ${normal ?? 'none'}`);
  }
  check.fields.path_prefix = normal;
}

function checkCaCertificate(check: FieldCheck): void {
  const given = check.fields.ca_certificate;
  if (given !== null) {
    check.fields.ca_certificate = check.parse('ca_certificate', 'config.ca_certificate', () =>
      normaliseCertificates(given),
    );
  }
}

class BadCertificate extends Error {
  override readonly name = 'BadCertificate';
}

/** @throws BadCertificate whose message completes "ca_certificate …" */
function normaliseCertificates(pem: string): string {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  if (pem.includes('PRIVATE KEY-----'))
    throw new BadCertificate('must not contain a private key; paste the certificate alone');
  if (blocks.length === 0) throw new BadCertificate('must be a certificate in PEM, with its BEGIN and END lines');
  try {
    return blocks.map((block) => new X509Certificate(block).toString()).join('');
  } catch {
    throw new BadCertificate('is damaged; paste the certificate again, whole');
  }
}

export function requireFields(check: FieldCheck, description: ProviderDescription): void {
  for (const { name, label, required, secret } of description.fields) {
    const isMissing = required && !secret && check.fields[name as keyof CheckedFields] === null;
    const isRefusedAlready = check.refused.has(name);
    if (isMissing && !isRefusedAlready) {
      check.refuse(name as keyof CheckedFields, 'config.required', `${label} is required for ${description.label}`);
    }
  }
}

function requireCredentials(
  check: FieldCheck,
  { label, fields }: ProviderDescription,
  destinationChanged: boolean,
): void {
  const missing = missingCredentials(check).filter((name) => !check.refused.has(name));
  for (const name of missing) {
    const own = fields.find((field) => field.name === name)?.label ?? name;
    if (destinationChanged) {
      check.refuse(
        name,
        'credentials.required',
        `${own} is needed again, because the address, port, TLS mode or host key of the storage changes`,
      );
    } else {
      const or = name === 'secret_key' && check.provider === 'sftp' ? ' or Private Key' : '';
      check.refuse(name, 'config.required', `${own}${or} is required for ${label}`);
    }
  }
}

function missingCredentials({ provider, credentials, given }: FieldCheck): SecretField[] {
  const missing: SecretField[] = [];
  if (credentials.access_key === undefined) missing.push('access_key');
  const hasKey = credentials.private_key !== undefined || given.has('private_key_sealed');
  const keyIsEnough = provider === 'sftp' && hasKey;
  if (credentials.secret_key === undefined && !keyIsEnough) missing.push('secret_key');
  return missing;
}

function destinationDiffers(provider: Provider, stored: CheckedFields, fields: CheckedFields): boolean {
  return DESTINATION[provider].some((name) => {
    const isFirstPin = name === 'host_key_sha256' && stored.host_key_sha256 === null;
    return !isFirstPin && stored[name] !== fields[name];
  });
}
