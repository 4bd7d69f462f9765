import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new directory outside the checkout, for one server and its data. */
export const makePrivateDirectory = (server: string): string => mkdtempSync(join(tmpdir(), `stowage-${server}-`));

export const removePrivateDirectory = (directory: string): void =>
  rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
