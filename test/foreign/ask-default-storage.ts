import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Credentials, StorageLocation } from '@stowage/contracts';
import type { System } from '../../tools/system/index.js';

export interface ForeignAnswer {
  /** Member names of the signed payload. */
  keys: string[];
  storage?: StorageLocation;
  credentials?: Credentials;
  error?: { code: string; detail: string };
}

/** Runs `amqplib-and-jose.mjs`, which knows only amqplib, jose and the message contract, as a process of its own. */
export async function askDefaultStorage(system: System, organizationId: string): Promise<ForeignAnswer> {
  const child = spawn(process.execPath, [join(process.cwd(), 'test', 'foreign', 'amqplib-and-jose.mjs')], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(
    JSON.stringify({
      amqp_url: system.serviceAmqpUrl,
      service: 'backup-service',
      private_keys: system.secrets.serviceKeys,
      worker_keys: system.secrets.workerPublicKeys.keys,
      organization_id: organizationId,
    }),
  );
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (!output) throw new Error(`The foreign client got no answer:\n${errors}`);
  return JSON.parse(output) as ForeignAnswer;
}
