import { ADDRESS_FIELDS, SECRET_FIELDS, StowageError } from '@stowage/contracts';
import type { Secret } from '@stowage/encryption';
import { validateSync } from 'class-validator';
import { toFieldErrors } from '../validation/field-errors.js';
import { toInstance } from '../validation/to-instance.js';

/**
 * The body of REST again, from its two halves: fields in clear and unsealed secrets. Both came from outside this process,
 * so both are held to the DTO class. @throws StowageError `request.validation`
 */
export function readRequested<T extends object>(dto: new () => T, fields: unknown, secrets: Secret<unknown> | null): T {
  const inClear = objectOf(fields);
  const requested = toInstance(dto, { ...inClear, ...secretsOf(secrets, inClear) });
  const errors = validateSync(requested, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true });
  if (errors.length > 0) throw StowageError.validation(errors.flatMap(toFieldErrors));
  return requested;
}

function objectOf(value: unknown): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new StowageError('request.validation', 'config must be an object');
}

function secretsOf(sealed: Secret<unknown> | null, inClear: object): object {
  if (sealed === null) return {};
  const secrets = sealed.reveal();
  // A sealed address names a user; beside one in clear it would overrule it.
  const mayBeSealed: readonly string[] = [...SECRET_FIELDS, ...ADDRESS_FIELDS.filter((name) => !(name in inClear))];
  const isKnown =
    typeof secrets === 'object' && secrets !== null && Object.keys(secrets).every((name) => mayBeSealed.includes(name));
  if (isKnown) return secrets;
  throw new StowageError('credentials.unreadable', `The sealed object may hold only ${SECRET_FIELDS.join(', ')}.`);
}
