import { IsString, MaxLength, MinLength, ValidateBy, ValidateIf } from 'class-validator';
import type { FieldHints } from './describe.js';

// C0 and C1 controls and the bidirectional overrides that can make text read differently from what it is.
const CONTROL = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const LONE_SURROGATE = /\p{Surrogate}/u;

function all(...decorators: PropertyDecorator[]): PropertyDecorator {
  return (target, property) => {
    for (const decorate of decorators) decorate(target, property);
  };
}

function noControlCharacters(): PropertyDecorator {
  return ValidateBy({
    name: 'noControlCharacters',
    validator: {
      validate: (value) => typeof value !== 'string' || (!CONTROL.test(value) && !LONE_SURROGATE.test(value)),
      defaultMessage: () => '$property must not contain control characters',
    },
  });
}

/** A line of text: 1 to `max` characters, none of them a control character. */
export function IsLine(max: number): PropertyDecorator {
  return all(
    IsString({ message: '$property must be a string' }),
    MinLength(1, { message: '$property must not be empty; leave it out instead' }),
    MaxLength(max, { message: `$property must have at most ${max} characters` }),
    noControlCharacters(),
  );
}

/** Text that may hold line ends (PEM, passwords pasted with a line end): 1 to `max` characters, no NUL. */
export function IsText(max: number): PropertyDecorator {
  return all(
    IsString({ message: '$property must be a string' }),
    MinLength(1, { message: '$property must not be empty; leave it out instead' }),
    MaxLength(max, { message: `$property must have at most ${max} characters` }),
    ValidateBy({
      name: 'noNul',
      validator: {
        validate: (value) => typeof value !== 'string' || (!value.includes('\u0000') && !LONE_SURROGATE.test(value)),
        defaultMessage: () => '$property must not contain a NUL character',
      },
    }),
  );
}

/** The field may be left out; null is refused. */
export function MayBeOmitted(): PropertyDecorator {
  return ValidateIf((_object, value) => value !== undefined);
}

/** The field may be left out (unchanged or default) or null (cleared). */
export function MayBeNull(): PropertyDecorator {
  return ValidateIf((_object, value) => value !== undefined && value !== null, {
    context: { nullable: true } satisfies FieldHints,
  });
}

/** The field is always there; null is one of its values. */
export function OrNull(): PropertyDecorator {
  return ValidateIf((_object, value) => value !== null, {
    context: { nullable: true, always: true } satisfies FieldHints,
  });
}
