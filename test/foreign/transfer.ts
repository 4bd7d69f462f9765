import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Credentials, StorageLocation } from '@stowage/contracts';
import { run } from '../../tools/servers/run.js';

/**
 * Writes 100 kB to the storage and reads them back with a program that has nothing to do with us: awscli, OpenSSH's sftp
 * or lftp. Returns whether the bytes came back unchanged.
 */
export async function transferWithForeignClient(
  storage: StorageLocation,
  credentials: Credentials,
  name: string,
): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'stowage-foreign-'));
  try {
    const sent = randomBytes(100_000);
    const [source, target] = [join(folder, 'sent'), join(folder, 'received')];
    await writeFile(source, sent);
    const key = `${storage.path_prefix ?? ''}${name}`;
    if (storage.provider === 'sftp') await withSftp(storage, credentials, key, source, target, folder);
    else if (storage.provider === 'ftp') await withLftp(storage, credentials, key, source, target, folder);
    else await withAwsCli(storage, credentials, key, source, target);
    return sent.equals(await readFile(target));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function withAwsCli(
  storage: StorageLocation,
  credentials: Credentials,
  key: string,
  source: string,
  target: string,
): Promise<void> {
  const env = {
    PATH: process.env['PATH'],
    AWS_ACCESS_KEY_ID: credentials.access_key,
    AWS_SECRET_ACCESS_KEY: credentials.secret_key,
    AWS_DEFAULT_REGION: storage.region ?? 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const copy = (from: string, to: string) =>
    run('aws', ['s3', 'cp', '--endpoint-url', storage.endpoint_url!, from, to], { env, timeoutMs: 60_000 });
  const object = `s3://${storage.bucket}/${key}`;
  await copy(source, object);
  await copy(object, target);
}

async function withSftp(
  storage: StorageLocation,
  credentials: Credentials,
  key: string,
  source: string,
  target: string,
  folder: string,
): Promise<void> {
  const batch = join(folder, 'batch');
  const base = storage.bucket ? `${storage.bucket}/` : '';
  const parents = key.split('/').slice(0, -1);
  const mkdirs = parents.map((_, depth) => `-mkdir ${base}${parents.slice(0, depth + 1).join('/')}`);
  await writeFile(batch, [...mkdirs, `put ${source} ${base}${key}`, `get ${base}${key} ${target}`, ''].join('\n'));
  const options = ['StrictHostKeyChecking=no', `UserKnownHostsFile=${join(folder, 'known_hosts')}`, 'BatchMode=no'];
  await run(
    'sshpass',
    [
      '-e',
      'sftp',
      ...options.flatMap((option) => ['-o', option]),
      '-P',
      String(storage.port),
      '-b',
      batch,
      `${credentials.access_key}@${storage.host}`,
    ],
    { env: { PATH: process.env['PATH'], HOME: folder, SSHPASS: credentials.secret_key }, timeoutMs: 60_000 },
  );
}

async function withLftp(
  storage: StorageLocation,
  credentials: Credentials,
  key: string,
  source: string,
  target: string,
  folder: string,
): Promise<void> {
  const authority = join(folder, 'ca.pem');
  if (storage.ca_certificate) await writeFile(authority, storage.ca_certificate);
  const parent = key.split('/').slice(0, -1).join('/');
  const base = storage.bucket ? `${storage.bucket}/` : '';
  const script = [
    'set cmd:fail-exit true',
    `set ftp:ssl-force ${storage.tls !== 'none'}`,
    `set ftp:ssl-protect-data ${storage.tls !== 'none'}`,
    ...(storage.ca_certificate ? [`set ssl:ca-file ${authority}`, 'set ssl:check-hostname no'] : []),
    `open ${storage.tls === 'implicit' ? 'ftps' : 'ftp'}://${storage.host}:${storage.port}`,
    `user ${credentials.access_key} ${credentials.secret_key}`,
    ...(parent ? [`mkdir -f -p ${base}${parent}`] : []),
    `put ${source} -o ${base}${key}`,
    `get ${base}${key} -o ${target}`,
  ].join('\n');
  const file = join(folder, 'script');
  await writeFile(file, `${script}\n`, { mode: 0o600 });
  await run('lftp', ['--norc', '-f', file], {
    env: { PATH: process.env['PATH'], HOME: folder },
    timeoutMs: 60_000,
  });
}
