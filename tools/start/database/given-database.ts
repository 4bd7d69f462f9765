import { Client } from 'pg';
import { StartError } from '../start-error.js';
import type { Database } from './database.js';

const CONNECT_TIMEOUT_MS = 5000;

/** The database of DATABASE_URL: used as it is, its roles are its owner's affair. @throws StartError */
export async function givenDatabase(url: string): Promise<Database> {
  await connectOnce(url);
  return {
    ownerUrl: url,
    description: `DATABASE_URL (${withoutPassword(url)})`,
    applicationUrls: async () => ({ gateway: url, worker: url }),
    stop: async () => undefined,
  };
}

async function connectOnce(url: string): Promise<void> {
  if (!URL.canParse(url))
    throw new StartError('DATABASE_URL is not a URL; e.g. postgres://user:password@host:5432/name');
  const client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  try {
    await client.connect();
  } catch (error) {
    throw new StartError(`DATABASE_URL (${withoutPassword(url)}) does not answer: ${(error as Error).message}`);
  } finally {
    await client.end();
  }
}

function withoutPassword(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
