import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectStowage } from '@stowage/client';
import { generateKeyring, LocalKeyring, Vault } from '@stowage/encryption';
import type { System } from '../../system/index.js';
import type { AbuseCase } from '../abuse-case.js';
import { startWrongly } from '../start-wrongly.js';
import type { Trial } from '../trial.js';

const VAULT = 'libs/encryption/src/vault.spec.ts';
const ROTATION = 'tools/keys/rotation.medium.ts';

/** Puts the record of one storage into the row of another, and asks for a test of that. */
async function moveRecord(trial: Trial, isSameOrganization: boolean): Promise<void> {
  const system = await trial.lab.open();
  const [thief, victim] = [await trial.stranger(system), await trial.stranger(system)];
  const from = await trial.makeStorage(isSameOrganization ? thief : victim);
  const to = await trial.makeStorage(thief);
  const before = await trial.lab.rows(system, 'SELECT * FROM storage_configs WHERE id = $1', [from.id]);
  await trial.lab.rows(
    system,
    `UPDATE storage_configs SET (credentials_ct, credentials_kid) =
       (SELECT credentials_ct, credentials_kid FROM storage_configs WHERE id = $1) WHERE id = $2`,
    [from.id, to.id],
  );
  const answer = await thief.send('POST', `/storage-configs/${to.id}/test`);
  trial.saw(`${answer.status} ${String(answer.body['code'])}`);
  trial.require(answer.status === 503, `the test of the row with the foreign record answers 503, not ${answer.status}`);
  trial.require(answer.body['code'] === 'credentials.unavailable', 'the code is credentials.unavailable');
  const after = await trial.lab.rows(system, 'SELECT * FROM storage_configs WHERE id = $1', [from.id]);
  trial.require(JSON.stringify(before) === JSON.stringify(after), 'the row that it came from is as it was');
  // The refusal does not wait for it.
  const audited = await trial.lab.within(5, async () => {
    const entries = await trial.lab.rows(
      system,
      `SELECT FROM storage_audit WHERE storage_config_id = $1 AND action = 'credentials.unavailable'`,
      [to.id],
    );
    return entries.length === 1;
  });
  trial.require(audited, 'the audit tells that a record could not be opened');
}

/** Starts a worker whose keyring was tampered with; it must end by itself. */
async function startWithKeyring(
  trial: Trial,
  what: string,
  write: (path: string, keyring: { active: string; keys: Record<string, unknown>[] }) => void,
  expected: (keyring: { active: string }) => RegExp,
): Promise<void> {
  const system = await trial.lab.open();
  await ensureSealedRow(trial, system);
  const original = JSON.parse(readFileSync(system.secrets.workerEnvironment['ENCRYPTION_KEYRING_FILE']!, 'utf8'));
  const path = join(system.directory, `keyring-${randomUUID()}.json`);
  write(path, structuredClone(original));
  const { code, signal, output } = await startWrongly(system, 'storage-worker', { ENCRYPTION_KEYRING_FILE: path });
  trial.require(code !== null && code !== 0, `a worker with ${what} ends by itself (it ended with ${code ?? signal})`);
  const said = output.trim().split('\n').slice(-3).join(' ');
  trial.require(expected(original).test(output), `it says why, with ${what}: ${said.slice(-300)}`);
  const keys = original.keys as { key: string }[];
  trial.require(!keys.some(({ key }) => key && output.includes(key)), `it shows no key, with ${what}`);
}

async function ensureSealedRow(trial: Trial, system: System): Promise<void> {
  await trial.makeStorage(await trial.stranger(system));
}

const write = (path: string, content: object, mode = 0o600): void =>
  writeFileSync(path, JSON.stringify(content), { mode });

export const STORED_SECRETS: AbuseCase[] = [
  {
    number: 1,
    tried: 'the sealed record of one storage is copied into the row of another of the same organization',
    attempt: (trial) => moveRecord(trial, true),
  },
  {
    number: 2,
    tried: 'the sealed record of another organization is copied into a row of one’s own',
    attempt: (trial) => moveRecord(trial, false),
  },
  {
    number: 3,
    tried: 'every bit of every byte of a record is flipped',
    proofs: [{ file: VAULT, name: 'any one bit of any byte flipped' }],
  },
  {
    number: 4,
    tried: 'a record is cut at every place, its tag included',
    proofs: [{ file: VAULT, name: 'was cut at any place' }],
  },
  {
    number: 5,
    tried: 'the same credentials are sealed 100 000 times',
    async attempt(trial) {
      const vault = new Vault(LocalKeyring.parse(JSON.stringify(generateKeyring())));
      const place = {
        rowId: randomUUID(),
        organizationId: randomUUID(),
        destination: { provider: 'sftp', scheme: 'sftp', host: 'h.example', port: 22 },
      };
      const seen = new Set<string>();
      for (let round = 0; round < 100_000; round++) {
        const { ciphertext } = await vault.seal(place, { secret_key: 'the same' });
        // Wrapped key, commitment and nonce; the sealed text itself is 256 bytes and a tag.
        seen.add(ciphertext.subarray(0, -272).toString('latin1'));
      }
      trial.saw(`${seen.size} different`);
      trial.require(seen.size === 100_000, 'no two records are alike');
    },
  },
  {
    number: 6,
    tried: 'a secret that looks like a sealed one: enc:…, vault:v1:…, base64 of a real record',
    proofs: [{ file: VAULT, name: 'looks like a record' }],
    async attempt(trial) {
      const system = await trial.lab.open();
      const rest = await trial.stranger(system);
      const { id } = await trial.makeStorage(rest);
      const [row] = await trial.lab.rows<{ ct: Buffer }>(
        system,
        'SELECT credentials_ct AS ct FROM storage_configs WHERE id = $1',
        [id],
      );
      const client = connectStowage({
        amqpUrl: system.serviceAmqpUrl,
        service: 'backup-service',
        privateKeys: system.secrets.serviceKeys,
        workerKeys: system.secrets.workerPublicKeys.keys,
      });
      try {
        const texts = [
          'enc:aGVsbG8=',
          'encv1:x',
          'vault:v1:8SDd3WHDOjf7mq69CyCqYjBXAiQQAVZRkFM13ok481zoCmHnSeDX9vyf7w==',
          row!.ct.toString('base64'),
        ];
        for (const secret_key of texts) {
          const created = await trial.makeStorage(rest, { secret_key });
          const released = await client.getStorage(rest.organization, created.id, 'write');
          const given = (released.credentials as { secret_key?: string }).secret_key;
          trial.require(given === secret_key, `${secret_key.slice(0, 12)}… comes back as it was given`);
        }
        trial.saw(`${texts.length} came back literally`);
      } finally {
        await client.close();
      }
    },
  },
  {
    number: 7,
    tried: 'a worker is started with a keyring that lacks a key in use',
    attempt: (trial) =>
      startWithKeyring(
        trial,
        'another keyring',
        (path) => write(path, generateKeyring()),
        ({ active }) => new RegExp(active),
      ),
  },
  {
    number: 8,
    tried: 'a worker is started with other bytes under the right key id',
    attempt: (trial) =>
      startWithKeyring(
        trial,
        'a wrong key under the right name',
        (path, { active, keys }) => {
          const [other] = (generateKeyring() as unknown as { keys: Record<string, unknown>[] }).keys;
          write(path, { active, keys: [{ ...keys[0], ...other, kid: active }] });
        },
        ({ active }) => new RegExp(active),
      ),
  },
  {
    number: 9,
    tried: 'key files: readable by others, a symbolic link, another owner, short, all zero, a sample',
    proofs: [
      { file: 'libs/encryption/src/secret-file.spec.ts' },
      { file: 'libs/encryption/src/keyring.spec.ts', name: 'refuses' },
    ],
    async attempt(trial) {
      await startWithKeyring(
        trial,
        'mode 0644',
        (path, keyring) => write(path, keyring, 0o644),
        () => /0?644|mode|chmod/,
      );
      await startWithKeyring(
        trial,
        'a symbolic link',
        (path, keyring) => {
          write(`${path}.target`, keyring);
          symlinkSync(`${path}.target`, path);
        },
        () => /link/,
      );
      const withKey =
        (bytes: Buffer) =>
        (path: string, { active, keys }: { active: string; keys: Record<string, unknown>[] }) => {
          const field = Object.keys(keys[0]!).find((name) => /key/.test(name) && name !== 'kid')!;
          write(path, { active, keys: [{ ...keys[0], [field]: bytes.toString('base64url') }] });
        };
      await startWithKeyring(trial, 'a key of 31 bytes', withKey(randomBytes(31)), () => /32 bytes|key/);
      await startWithKeyring(trial, 'a key of zeros', withKey(Buffer.alloc(32)), () => /key/);
    },
  },
  {
    number: 10,
    tried: 'keys are rotated under load while the job is killed at random',
    proofs: [{ file: ROTATION, name: 'fails nobody who reads or writes meanwhile' }],
  },
  {
    number: 11,
    tried: 'a corrupt row is met during rotation',
    proofs: [{ file: ROTATION, name: 'passes over a broken record' }],
  },
  {
    number: 12,
    tried: 'an old key is removed while rows need it',
    proofs: [
      { file: 'apps/storage-worker/src/keys/keys.medium.ts', name: 'names a key that was removed too early' },
      { file: ROTATION, name: 'keeps an old key until' },
    ],
    attempt: (trial) =>
      startWithKeyring(
        trial,
        'the old key removed',
        (path) => write(path, generateKeyring()),
        () => /seals \d+ storage configurations/,
      ),
  },
  {
    number: 13,
    tried: 'a secret is printed: inspect, JSON, String(), template literal, concatenation',
    proofs: [
      { file: 'libs/encryption/src/secret.spec.ts' },
      { file: 'libs/entities/src/views.spec.ts' },
      { file: 'libs/encryption/src/keyring.spec.ts', name: 'shows no key when it is printed' },
    ],
  },
];
