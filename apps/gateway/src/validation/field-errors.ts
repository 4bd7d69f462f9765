import type { FieldError } from '@stowage/contracts';
import type { ValidationError } from 'class-validator';

/** class-validator's name of the rule that a field which is not in the class breaks. */
const UNKNOWN_FIELD = 'whitelistValidation';

/** One entry for each broken rule, in the order of the fields. */
export function toFieldErrors(errors: ValidationError[]): FieldError[] {
  return errors.flatMap((error) => errorsOf(error, error.property));
}

/** Fields of objects in a list are named as `list[0].field`. */
function errorsOf({ constraints = {}, children = [] }: ValidationError, field: string): FieldError[] {
  const own = Object.entries(constraints).map(([rule, message]) =>
    rule === UNKNOWN_FIELD ? unknownField(field) : { field, code: rule, message },
  );
  const inner = children.flatMap((child) =>
    errorsOf(child, /^\d+$/.test(child.property) ? `${field}[${child.property}]` : `${field}.${child.property}`),
  );
  return [...own, ...inner];
}

export function unknownField(field: string): FieldError {
  return { field, code: 'unknown', message: `${field} is not known here` };
}
