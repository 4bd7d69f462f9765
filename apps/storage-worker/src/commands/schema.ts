import { StowageError } from '@stowage/contracts';

const MAJOR = 1;

/** @throws StowageError `request.unsupported_schema` unless the header is `<name>/1` */
export function requireSchema(name: string, schema: unknown): void {
  const [named, major] = typeof schema === 'string' ? schema.split('/') : [];
  if (named === name && major === String(MAJOR)) return;
  throw new StowageError('request.unsupported_schema', `The header schema must be ${name}/${MAJOR}.`);
}
