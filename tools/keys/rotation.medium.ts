import { once } from 'node:events';
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalKeyring, parseKeyring, unseal, Vault } from '@stowage/encryption';
import { StorageConfigEntity } from '@stowage/entities';
import { recordIdentity } from '../../apps/storage-worker/src/storage-configs/record-identity.js';
import { storeConfig } from '../../apps/storage-worker/src/testing/store-config.js';
import { TestWorker } from '../../apps/storage-worker/src/testing/test-worker.js';
import { describeOnDatabase } from '../servers/describe-on-database.js';
import { keysCommand } from './keys-command.js';
import { KeysProcesses } from './keys-process.js';

const RECORDS = 2000;
const READERS = 8;
const WRITERS = 4;
const PAUSE_MS = 150;
const LONGEST_MS = 60_000;

describeOnDatabase('a rotation of the keys', (database) => {
  let worker: TestWorker;
  let command: KeysProcesses;
  const organization = randomUUID();

  beforeAll(async () => {
    worker = await TestWorker.start(database.url);
    command = await KeysProcesses.prepare({
      DATABASE_URL: database.url,
      ENCRYPTION_KEYRING_FILE: worker.keyringPath,
    });
  }, LONGEST_MS);
  afterAll(async () => {
    command?.remove();
    await worker?.stop();
  }, LONGEST_MS);

  /** As `npm run keys -- …`: whether all is well, or why not, and what is printed. */
  async function run(...args: string[]): Promise<{ isWell: boolean; printed: string }> {
    const lines: string[] = [];
    const environment = { DATABASE_URL: database.url, ENCRYPTION_KEYRING_FILE: worker.keyringPath };
    const outcome = keysCommand(args, environment, (line) => lines.push(line));
    const isWell = await outcome.catch((error: Error) => (lines.push(error.message), false));
    return { isWell, printed: lines.join('\n') };
  }

  const keyring = () => parseKeyring(readFileSync(worker.keyringPath, 'utf8'));
  beforeEach(() => worker.database.query('DELETE FROM storage_configs'));

  const configs = () =>
    worker.database.manager
      .createQueryBuilder(StorageConfigEntity, 'config')
      .addSelect('config.credentialsCt')
      .where({ organizationId: organization })
      .getMany();

  async function store(secret: string, changed: Partial<StorageConfigEntity> = {}): Promise<string> {
    const config = { id: randomUUID(), organizationId: organization, provider: 'minio', tls: null } as const;
    const address = { endpointUrl: 'https://s3.example.com:9000', host: null, port: null };
    const identity = recordIdentity({ ...config, ...address });
    const sealed = await new Vault(new LocalKeyring(keyring())).seal(identity, {
      access_key: 'AK',
      secret_key: secret,
    });
    const updatedAt = new Date('2026-01-01T00:00:00Z');
    const record = { credentialsCt: sealed.ciphertext, credentialsKid: sealed.kid };
    await storeConfig(worker.database, { ...config, ...address, ...record, updatedAt, ...changed });
    return config.id;
  }

  async function secretOf(id: string): Promise<unknown> {
    const data = { organization_id: organization, storage_config_id: id, purpose: 'read' };
    const answer = await worker.askAsService('storage.config.get', data);
    if (!answer.ok) throw new Error(JSON.stringify(answer['error']));
    return unseal(answer['credentials'] as string, [worker.serviceKey]);
  }

  it('fails nobody who reads or writes meanwhile, though it is killed again and again, and leaves one key', async () => {
    const secrets = new Map<string, string>();
    for (let record = 0; record < RECORDS; record++) {
      const secret = `secret-${record}`;
      secrets.set(await store(secret), secret);
    }
    const [ids, old] = [[...secrets.keys()], keyring().active];
    const [readOnly, written] = [ids.slice(100), ids.slice(0, 100)];
    const failures: string[] = [];
    let [reads, writes] = [0, 0];
    const over = new AbortController();
    const until = async (act: () => Promise<void>): Promise<void> => {
      while (!over.signal.aborted) {
        await act().catch((error: unknown) => void failures.push(String(error)));
        // They share one process with the worker, which must get a word in.
        await sleep(PAUSE_MS);
      }
    };
    const readers = Array.from({ length: READERS }, () =>
      until(async () => {
        const id = readOnly[randomInt(readOnly.length)]!;
        expect(await secretOf(id)).toEqual({ access_key: 'AK', secret_key: secrets.get(id) });
        reads += 1;
      }),
    );
    const writers = Array.from({ length: WRITERS }, (_, number) =>
      until(async () => {
        const id = written[number * 25 + randomInt(25)]!;
        const secret = randomBytes(12).toString('hex');
        const reply = await worker.ask('storage.update', {
          organization_id: organization,
          storage_config_id: id,
          config: {},
          credentials: await worker.sealed({ secret_key: secret }),
        });
        if (!reply.ok) throw new Error(JSON.stringify(reply.error));
        secrets.set(id, secret);
        writes += 1;
      }),
    );

    let kills = 0;
    for (let attempt = 0; attempt < 3; attempt++) {
      const job = command.start('rotate');
      job.stdout!.on('data', (chunk: Buffer) => {
        // Anywhere from the adding of the key to the last record.
        if (/Added|Going on|Sealed again/.test(String(chunk))) setTimeout(() => job.kill('SIGKILL'), randomInt(900));
      });
      const [code, signal] = (await once(job, 'close')) as [number | null, string | null];
      if (signal === 'SIGKILL') kills += 1;
      else if (code === 0) break;
    }
    const last = command.start('rotate');
    const [lastCode] = (await once(last, 'close')) as [number | null];
    over.abort();
    await Promise.all([...readers, ...writers]);

    expect(failures).toEqual([]);
    expect([lastCode, kills > 0, reads > 50, writes > 10]).toEqual([0, true, true, true]);
    const { active } = keyring();
    expect(active).not.toBe(old);
    const vault = new Vault(new LocalKeyring(keyring()));
    const all = await configs();
    expect(all).toHaveLength(RECORDS);
    for (const config of all) {
      expect([config.credentialsKid, vault.kidOf(config.credentialsCt)]).toEqual([active, active]);
      const opened = await vault.open(recordIdentity(config), config.credentialsCt);
      expect(opened).toEqual({ access_key: 'AK', secret_key: secrets.get(config.id) });
    }
    const untouched = all.filter(({ id }) => !written.includes(id));
    expect(new Set(untouched.map(({ updatedAt, version }) => `${updatedAt.toISOString()} ${version}`))).toEqual(
      new Set(['2026-01-01T00:00:00.000Z 1']),
    );
  }, 120_000);

  it('passes over a broken record, leaves its bytes, tells the audit, and does the others', async () => {
    const [good, broken] = [await store('good'), await store('broken')];
    const cut = Buffer.from('SC\u0001\u0001 this was a record once');
    await worker.database.query('UPDATE storage_configs SET credentials_ct = $1 WHERE id = $2', [cut, broken]);
    const { isWell, printed } = await run('rotate');
    expect([isWell, printed]).toEqual([false, expect.stringContaining('1 do not open and are in quarantine')]);
    const rows = new Map((await configs()).map((config) => [config.id, config]));
    expect(rows.get(good)).toMatchObject({ credentialsKid: keyring().active, credentialsQuarantinedAt: null });
    expect(rows.get(broken)).toMatchObject({ credentialsCt: cut, credentialsQuarantinedAt: expect.any(Date) });
    const audited = await worker.database.query(
      `SELECT storage_config_id, mac IS NOT NULL AS chained FROM storage_audit WHERE action = 'credentials.quarantine'`,
    );
    expect(audited).toEqual([{ storage_config_id: broken, chained: true }]);

    const reply = await worker.ask('storage.update', {
      organization_id: organization,
      storage_config_id: broken,
      config: {},
      credentials: await worker.sealed({ access_key: 'AK', secret_key: 'entered-again' }),
    });
    expect(reply.ok ? reply.ok : reply.error).toBe(true);
    expect(await secretOf(broken)).toEqual({ access_key: 'AK', secret_key: 'entered-again' });
    expect((await run('status')).isWell).toBe(true);
  }, 60_000);

  it('refuses a record that lost its key for itself alone, and counts it; the key back, it opens', async () => {
    const [lost, kept] = [keyring(), await store('kept')];
    const id = await store('closed');
    const stranger = LocalKeyring.parse(JSON.stringify(lost));
    const sealed = (await configs()).find((config) => config.id === id)!;
    const foreign = Buffer.from(sealed.credentialsCt);
    foreign.write('X', 5 + stranger.activeKid().length - 1);
    await worker.database.query('UPDATE storage_configs SET credentials_ct = $1 WHERE id = $2', [foreign, id]);

    await expect(secretOf(id)).rejects.toThrow('credentials.unavailable');
    expect(await secretOf(kept)).toMatchObject({ secret_key: 'kept' });
    const [row] = await worker.database.query('SELECT credentials_ct FROM storage_configs WHERE id = $1', [id]);
    expect(row).toEqual({ credentials_ct: foreign });
    await worker.app.listen(0, '127.0.0.1');
    const metrics = await (await fetch(`${await worker.app.getUrl()}/metrics`)).text();
    expect(metrics).toMatch(/stowage_credentials_unavailable_total\{reason="unknown_key"\} [1-9]/);

    await worker.database.query('UPDATE storage_configs SET credentials_ct = $1 WHERE id = $2', [
      sealed.credentialsCt,
      id,
    ]);
    expect(await secretOf(id)).toMatchObject({ secret_key: 'closed' });
  }, 60_000);

  it('does not break what is kept of the default storage', async () => {
    const id = await store('default', { isDefault: true });
    const ask = () => worker.askAsService('storage.default.get', { organization_id: organization, purpose: 'write' });
    const before = await ask();
    expect(before).toMatchObject({ ok: true, storage: { id } });
    expect((await run('rotate')).isWell).toBe(true);
    const after = await ask();
    expect(after).toMatchObject({ ok: true, storage: { id }, version: before['version'] });
    expect(await unseal(after['credentials'] as string, [worker.serviceKey])).toMatchObject({ secret_key: 'default' });
  }, 60_000);

  it('waits for a worker that does not have the new key, and says which', async () => {
    await worker.database.query(
      `INSERT INTO key_holders (id, host, active, kids, seen_at)
       VALUES (gen_random_uuid(), 'late-host:7', $1, ARRAY[$1], now() + interval '1 minute')`,
      [keyring().active],
    );
    const before = keyring().active;
    const { isWell, printed } = await run('rotate', '--wait', '1');
    expect([isWell, printed]).toEqual([
      false,
      expect.stringMatching(/These workers do not yet hold key \S+: late-host:7/),
    ]);
    expect(keyring().active).toBe(before);
    await worker.database.query(`DELETE FROM key_holders WHERE host = 'late-host:7'`);
    const { printed: goingOn } = await run('rotate');
    expect(goingOn).toContain('Going on with the rotation that was begun');
    expect(keyring().active).not.toBe(before);
  }, 60_000);

  it('never makes a keyring where records need another', async () => {
    await store('there');
    const path = `${worker.keyringPath}.new`;
    const create = () =>
      keysCommand(['create'], { DATABASE_URL: database.url, ENCRYPTION_KEYRING_FILE: path }, () => undefined);
    await expect(create()).rejects.toThrow('1 records that another keyring seals');
    expect(existsSync(path)).toBe(false);
    await worker.database.query('UPDATE storage_configs SET credentials_quarantined_at = now()');
    expect(await create()).toBe(true);
    await expect(create()).rejects.toThrow('no key is ever overwritten');
  });

  it('keeps an old key until no backup of the database can need it', async () => {
    const [, old] = keyring().keys;
    const refused = await run('remove', old!.kid);
    expect([refused.isWell, refused.printed]).toEqual([
      false,
      expect.stringMatching(/may be removed from 20\d\d-\d\d-\d\d on/),
    ]);
    expect((await run('remove', keyring().active)).printed).toContain('is the active one; rotate first');
    expect((await run('remove', old!.kid, '--backup-days', '0')).isWell).toBe(true);
    expect(keyring().keys.map(({ kid }) => kid)).not.toContain(old!.kid);
  }, 60_000);
});
