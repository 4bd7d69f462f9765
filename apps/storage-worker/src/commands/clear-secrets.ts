import { SECRET_FIELDS } from '@stowage/contracts';

const REMOVED = '[removed]';
/** JWE compact (RFC 7516 section 7.1): five parts of base64url, the second empty with ECDH-ES. */
const SEALED = /^[\w-]+\.[\w-]*\.[\w-]+\.[\w-]+\.[\w-]+$/;

/** Whether a secret stands in the body as it is, at whatever depth, or something unsealed in the place of the sealed one. */
export function holdsClearSecret(data: unknown): boolean {
  if (Array.isArray(data)) return data.some(holdsClearSecret);
  if (typeof data !== 'object' || data === null) return false;
  return Object.entries(data).some(([name, value]) => isClearSecret(name, value) || holdsClearSecret(value));
}

/** The body as it may be kept. */
export function withoutSecrets(data: unknown): unknown {
  if (Array.isArray(data)) return data.map(withoutSecrets);
  if (typeof data !== 'object' || data === null) return data;
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, isClearSecret(name, value) ? REMOVED : withoutSecrets(value)]),
  );
}

function isClearSecret(name: string, value: unknown): boolean {
  if ((SECRET_FIELDS as readonly string[]).includes(name)) return true;
  return name === 'credentials' && !(typeof value === 'string' && SEALED.test(value));
}
