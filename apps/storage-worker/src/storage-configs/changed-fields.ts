import { isDeepStrictEqual } from 'node:util';
import type { StorageConfig } from '@stowage/contracts';

const CONSEQUENCES: readonly string[] = ['version', 'updated_at'] satisfies (keyof StorageConfig)[];

/** Names of the fields in which two views of a config differ; `credentials` is said when new ones were given. */
export function changedFields(before: StorageConfig, after: StorageConfig): string[] {
  return Object.keys(after).filter(
    (name) =>
      !CONSEQUENCES.includes(name) &&
      !isDeepStrictEqual(before[name as keyof StorageConfig], after[name as keyof StorageConfig]),
  );
}
