import type { FieldError } from '@stowage/contracts';
import type { ValidationError } from 'class-validator';

/** The messages of our rules name the field and never repeat a value. */
export function toFieldErrors({ property, constraints = {}, children = [] }: ValidationError): FieldError[] {
  const own = Object.entries(constraints).map(([code, message]) => ({ field: property, code, message }));
  return [...own, ...children.flatMap(toFieldErrors)];
}
