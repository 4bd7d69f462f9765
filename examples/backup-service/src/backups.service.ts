import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { json } from 'node:stream/consumers';
import { Inject, Injectable } from '@nestjs/common';
import { StowageClient } from '@stowage/client';
import { openStorage, type Storage } from '@stowage/providers/open';
import { archiveFilestore, type Dump, dumpDatabase } from './environment-dump.js';
import type { BackupServiceEnvironment } from './environment.js';
import { ARCHIVE, DUMP, MANIFEST, type Manifest } from './manifest.js';

export const ENVIRONMENT = Symbol('ENVIRONMENT');

export interface WrittenBackup {
  backup_id: string;
  storage_config_id: string;
  size_bytes: number;
}

/** Backs one environment up to its organization's default storage, reports it, and gives it back. */
@Injectable()
export class BackupsService {
  constructor(
    private readonly stowage: StowageClient,
    @Inject(ENVIRONMENT) private readonly environment: BackupServiceEnvironment,
  ) {}

  async backUp(organizationId: string, environmentId: string): Promise<WrittenBackup> {
    const released = await this.stowage.getDefaultStorage(organizationId);
    const backup = {
      organization_id: organizationId,
      backup_id: randomUUID(),
      storage_config_id: released.storage.id,
      environment_id: environmentId,
    };
    await this.stowage.backupStarted({ ...backup, sequence: 1, started_at: now() });
    const storage = await openStorage(released, { policy: this.environment.egress });
    try {
      const manifest = await this.write(storage, backup.backup_id, environmentId);
      const size = manifest.files.reduce((sum, file) => sum + file.size, 0);
      await this.stowage.backupCompleted({
        ...backup,
        sequence: 2,
        size_bytes: size,
        objects: [...manifest.files.map((file) => file.key), `${backup.backup_id}/${MANIFEST}`],
        completed_at: now(),
      });
      return { backup_id: backup.backup_id, storage_config_id: released.storage.id, size_bytes: size };
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      await this.stowage.backupFailed({ ...backup, sequence: 2, failed_at: now(), reason });
      throw error;
    } finally {
      await storage.close();
    }
  }

  /** Writes the files of the backup below `restoreTo` and returns that folder. Every file is checked against the manifest. */
  async restore(organizationId: string, storageConfigId: string, backupId: string): Promise<string> {
    const released = await this.stowage.getStorage(organizationId, storageConfigId, 'read');
    const storage = await openStorage(released, { policy: this.environment.egress });
    try {
      const folder = join(this.environment.restoreTo, backupId);
      await mkdir(folder, { recursive: true });
      const manifest = (await json(await storage.get(`${backupId}/${MANIFEST}`))) as Manifest;
      for (const file of manifest.files) await fetchFile(storage, file, folder);
      return folder;
    } finally {
      await storage.close();
    }
  }

  private async write(storage: Storage, backupId: string, environmentId: string): Promise<Manifest> {
    const { databaseUrl, filestore } = this.environment;
    const files = [await putDump(storage, `${backupId}/${ARCHIVE}`, archiveFilestore(filestore))];
    if (databaseUrl) files.push(await putDump(storage, `${backupId}/${DUMP}`, dumpDatabase(databaseUrl)));
    const manifest = { backup_id: backupId, environment_id: environmentId, created_at: now(), files };
    await storage.put(`${backupId}/${MANIFEST}`, Buffer.from(JSON.stringify(manifest)));
    return manifest;
  }
}

async function putDump(storage: Storage, key: string, dump: Dump): Promise<Manifest['files'][number]> {
  const [{ size, sha256 }] = await Promise.all([storage.put(key, dump.output), dump.ended]);
  return { key, size, sha256 };
}

async function fetchFile(storage: Storage, file: Manifest['files'][number], folder: string): Promise<void> {
  const hash = createHash('sha256');
  const hashed = new PassThrough().on('data', (chunk: Buffer) => hash.update(chunk));
  const name = file.key.split('/').at(-1)!;
  await pipeline(await storage.get(file.key), hashed, createWriteStream(join(folder, name)));
  if (hash.digest('hex') !== file.sha256) throw new Error(`${file.key} is not what was backed up`);
}

function now(): string {
  return new Date().toISOString();
}
