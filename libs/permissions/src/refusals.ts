import { StowageError } from '@stowage/contracts';

/** One sentence for every cause, so that a forger learns nothing. */
export function unauthenticated(cause?: unknown): StowageError {
  return new StowageError('request.unauthenticated', 'A valid bearer token is required.', { cause });
}

/** The one answer for an id that does not exist, and for what belongs to an organization that is not the caller's. */
export function notFound(): StowageError {
  return new StowageError('request.not_found', 'Not found.');
}

export function permissionDenied(permission: string): StowageError {
  return new StowageError('permission.denied', `This needs the permission ${permission}.`);
}
