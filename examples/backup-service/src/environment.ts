import { readFileSync } from 'node:fs';
import type { StorageClientModuleOptions } from '@stowage/client/nest';
import type { EgressPolicy } from '@stowage/providers/open';

/** What this example needs: where the broker is, who we are, and what there is to back up. */
export interface BackupServiceEnvironment {
  stowage: StorageClientModuleOptions;
  /** Folder whose content is the filestore of the one environment that this example backs up. */
  filestore: string;
  /** Its PostgreSQL database; null for an environment that has none. */
  databaseUrl: string | null;
  /** Restored backups are written to `<restoreTo>/<backup id>/`. */
  restoreTo: string;
  /** Organizations name the hosts: public addresses only, and this machine's own in development. */
  egress: EgressPolicy;
  port: number;
}

export function readEnvironment(env: NodeJS.ProcessEnv = process.env): BackupServiceEnvironment {
  return {
    stowage: {
      amqpUrl: required(env, 'AMQP_URL'),
      service: env['SERVICE_NAME'] ?? 'backup-service',
      privateKeys: jwks(required(env, 'SERVICE_KEYS_FILE')),
      workerKeys: jwks(required(env, 'WORKER_PUBLIC_KEYS_FILE')),
    },
    filestore: required(env, 'FILESTORE'),
    databaseUrl: env['SOURCE_DATABASE_URL'] ?? null,
    restoreTo: required(env, 'RESTORE_TO'),
    egress: { allow: [], deny: [], allowLoopback: env['EGRESS_ALLOW_LOOPBACK'] === 'true' },
    port: Number(env['PORT'] ?? 3002),
  };
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (!value) throw new Error(`${name} must be set; see examples/backup-service/README.md`);
  return value;
}

function jwks(path: string): StorageClientModuleOptions['workerKeys'] {
  return (JSON.parse(readFileSync(path, 'utf8')) as { keys: StorageClientModuleOptions['workerKeys'] }).keys;
}
