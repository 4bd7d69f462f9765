import type { DataDirectory } from '../data-directory.js';
import type { Settings } from '../settings.js';
import { StartError } from '../start-error.js';
import type { Database } from './database.js';
import { embeddedDatabase } from './embedded-database.js';
import { givenDatabase } from './given-database.js';

/**
 * The database of DATABASE_URL, else one of our own. A server that happens to listen on the default port belongs to
 * somebody else and is not used.
 * @throws StartError
 */
export async function findDatabase(
  { databaseUrl, isProduction }: Settings,
  data: DataDirectory,
  say: (line: string) => void,
): Promise<Database> {
  if (databaseUrl !== null) return givenDatabase(databaseUrl);
  if (isProduction) throw new StartError('No database; in production set DATABASE_URL.');
  return embeddedDatabase(data, say);
}
