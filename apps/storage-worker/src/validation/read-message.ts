import { StowageError } from '@stowage/contracts';
import { validateSync } from 'class-validator';
import { toFieldErrors } from './field-errors.js';
import { toInstance } from './to-instance.js';

/**
 * The data of a command or event. Members that a later minor version adds are left out unread.
 * @throws StowageError `request.validation`
 */
export function readMessage<T extends object>(dto: new () => T, data: unknown): T {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new StowageError('request.validation', 'The body must be a JSON object.');
  }
  const message = toInstance(dto, data);
  const errors = validateSync(message, { whitelist: true, forbidUnknownValues: true });
  if (errors.length > 0) throw StowageError.validation(errors.flatMap(toFieldErrors));
  return message;
}
