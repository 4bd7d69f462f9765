import type { FieldError } from '@stowage/contracts';
import type { ValidationError } from 'class-validator';

/** class-validator's name of the rule that a field which is not in the class breaks. */
const UNKNOWN_FIELD = 'whitelistValidation';
const NAME = /^\w{1,64}$/;

/**
 * The messages of our rules name the field and never repeat a value. The name of a field that nobody knows is a value too:
 * the database could not even store some of them.
 */
export function toFieldErrors({ property, constraints = {}, children = [] }: ValidationError): FieldError[] {
  const own = Object.entries(constraints).map(([code, message]) =>
    code === UNKNOWN_FIELD ? unknownField(property) : { field: property, code, message },
  );
  return [...own, ...children.flatMap(toFieldErrors)];
}

function unknownField(property: string): FieldError {
  const field = NAME.test(property) ? property : '(no name of a field)';
  return { field, code: 'unknown', message: `${field} is not known here` };
}
