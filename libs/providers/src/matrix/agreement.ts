import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Credentials, StorageLocation } from '@stowage/contracts';
import type { DiagnosisCode } from '../diagnosis/catalogue.js';
import { createDialer } from '../dialer/create-dialer.js';
import { StorageFailure } from '../failure.js';
import { NO_FIELDS } from '../field-check.js';
import { openStorage } from '../open-storage.js';
import { resolveLocation, type StoredStorage } from '../resolve-location.js';
import { testStorage } from '../test-storage.js';

/** No false green and no false red: over every configuration of every server, a full test says what a backup does. */

export const START_MS = 120_000;
const ONE_MS = 90_000;
const BACKUP_BYTES = 20 * 1024 * 1024;
/** Of one that is uploaded in parts: a little more than one. */
const BACKUP_IN_PARTS_BYTES = 33 * 1024 * 1024;
const BLOCK_BYTES = 64 * 1024;

export interface Target {
  location: StorageLocation;
  credentials: Credentials;
}

/** `outcome`: null where a backup works, else the diagnosis. */
export type Cell = [configuration: string, target: () => Target | Promise<Target>, outcome: DiagnosisCode | null];

export const locationOf = (stored: Partial<StoredStorage> & Pick<StoredStorage, 'provider'>): StorageLocation =>
  resolveLocation({ ...NO_FIELDS, organization_id: null, path_prefix: 'org/a/', ...stored });

/** A port that nothing listens on. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

/** @param servers those whose configurations the cells are; docs/diagnoses.md names them */
export function itAgrees(servers: string[], cells: Cell[]): void {
  it.each(cells)(
    `${servers.join(', ')}: %s`,
    async (_configuration, targetOf, outcome) => {
      const target = await targetOf();
      const dialer = dialerOf(target.location);
      const { success, code } = await testStorage({ ...target, dialer, depth: 'full', deadlineMs: 60_000 });
      const backup = await backUpAndRestore(target);
      expect({ success, backup, code }).toEqual({ success: backup, backup: outcome === null, code: outcome });
    },
    ONE_MS,
  );
}

/** Every name leads to this machine. */
const dialerOf = ({ provider, organization_id }: StorageLocation) =>
  createDialer(
    { allow: [], deny: [], allowLoopback: true },
    { provider, organizationId: organization_id },
    { resolve: () => Promise.resolve(['127.0.0.1']) },
  );

/** Uploads as a backup does and reads it back, whole and in part. */
async function backUpAndRestore({ location, credentials }: Target): Promise<boolean> {
  const size = location.part_size_bytes === null ? BACKUP_BYTES : BACKUP_IN_PARTS_BYTES;
  const block = randomBytes(BLOCK_BYTES);
  const body = Readable.from(
    Array.from({ length: size / BLOCK_BYTES }, () => block),
    { objectMode: false },
  );
  const key = `matrix/${randomBytes(6).toString('hex')}`;
  try {
    const storage = await openStorage({ storage: location, credentials }, { dialer: dialerOf(location) });
    try {
      const { sha256 } = await storage.put(key, body);
      const hash = createHash('sha256');
      for await (const chunk of await storage.get(key)) hash.update(chunk as Buffer);
      const part = await buffer(await storage.get(key, { range: { first: 100, last: 199 } }));
      return hash.digest('hex') === sha256 && part.equals(block.subarray(100, 200));
    } finally {
      await storage.remove(key).catch(() => undefined);
      await storage.close();
    }
  } catch (error) {
    if (error instanceof StorageFailure) return false;
    throw error;
  }
}
