import type { FieldError } from '@stowage/contracts';
import type { ValidationError } from 'class-validator';

/** class-validator's name of the rule that a field which is not in the class breaks. */
const UNKNOWN_FIELD = 'whitelistValidation';

/** One entry for each broken rule, in the order of the fields. */
export function toFieldErrors(errors: ValidationError[]): FieldError[] {
  return errors.flatMap(({ property, constraints = {} }) =>
    Object.entries(constraints).map(([rule, message]) =>
      rule === UNKNOWN_FIELD ? unknownField(property) : { field: property, code: rule, message },
    ),
  );
}

export function unknownField(field: string): FieldError {
  return { field, code: 'unknown', message: `${field} is not known here` };
}
