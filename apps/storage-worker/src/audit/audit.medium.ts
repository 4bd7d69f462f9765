import { randomUUID } from 'node:crypto';
import { generateKeyring, generateWorkerKeys, type KeyringFile, LocalKeyring } from '@stowage/encryption';
import { createDataSource, migrate, PLATFORM_ID } from '@stowage/entities';
import type { DataSource } from 'typeorm';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { Keys } from '../keys/keys.js';
import { recordAudit } from '../writes/audit.js';
import { AuditChain } from './audit-chain.js';
import { type ChainReport, countUnchained, verifyAudit } from './verify-audit.js';

describeOnDatabase('the chain of the audit', (database) => {
  const old = generateKeyring();
  const next = generateKeyring();
  const both: KeyringFile = { active: next.active, keys: [...next.keys, ...old.keys] };
  let writers: DataSource[];
  let organization: string;

  beforeAll(async () => {
    await migrate(database.url);
    writers = await Promise.all(
      [old, both].map(async (keyring) => {
        const dataSource = await createDataSource({
          url: database.url,
          as: 'owner',
          applicationName: 'test',
          connectTimeoutMs: 30_000,
        }).initialize();
        void new AuditChain(new Keys(new LocalKeyring(keyring), generateWorkerKeys()), dataSource);
        return dataSource;
      }),
    );
  }, 30_000);
  afterAll(async () => {
    for (const writer of writers) await writer.destroy();
  });
  beforeEach(() => void (organization = randomUUID()));

  const record = (index: number, organizationId: string | null = organization, writer = writers[index % 2]!) =>
    writer.transaction((manager) =>
      recordAudit(manager, {
        organizationId,
        storageConfigId: null,
        actor: 'user:alice',
        action: 'storage.update',
        ip: index % 3 === 0 ? null : '203.0.113.7',
        detail: { changed: ['name', 'zürich'], z: { b: index, a: [1.5, null] }, absent: undefined },
      }),
    );
  const recordTimes = async (times: number) => {
    for (let index = 0; index < times; index++) await record(index);
  };
  const verify = async (tenantId = organization, keyring: KeyringFile = both): Promise<ChainReport | undefined> => {
    for await (const report of verifyAudit(writers[0]!, new LocalKeyring(keyring))) {
      if (report.tenantId === tenantId) return report;
    }
    return undefined;
  };
  /** As the owner of the database can. */
  const tamper = async (sql: string): Promise<void> => {
    await writers[0]!.query('ALTER TABLE storage_audit DISABLE TRIGGER storage_audit_append_only');
    await writers[0]!.query(sql, [organization]);
    await writers[0]!.query('ALTER TABLE storage_audit ENABLE TRIGGER storage_audit_append_only');
  };

  it('is whole, without a gap, after 100 writes at once by two workers, also across a change of the key', async () => {
    await Promise.all(Array.from({ length: 100 }, (_, index) => record(index)));
    await expect(verify()).resolves.toMatchObject({ entries: 100, broken: null });
  });

  it('is one for each organization and one for the platform', async () => {
    const other = randomUUID();
    const inCapitals = organization.toUpperCase();
    await Promise.all([record(0), record(1, other), record(2, null), record(3, inCapitals)]);
    await expect(verify()).resolves.toMatchObject({ entries: 2, broken: null });
    await expect(verify(other)).resolves.toMatchObject({ entries: 1, broken: null });
    await expect(verify(PLATFORM_ID)).resolves.toMatchObject({ entries: 1, broken: null });
  });

  it('has no entry of a transaction that was rolled back', async () => {
    await recordTimes(1);
    const failed = writers[0]!.transaction(async (manager) => {
      await recordAudit(manager, {
        organizationId: organization,
        storageConfigId: null,
        actor: 'a',
        action: 'b',
        ip: null,
      });
      throw new Error('rolled back');
    });
    await expect(failed).rejects.toThrow('rolled back');
    await recordTimes(1);
    await expect(verify()).resolves.toMatchObject({ entries: 2, broken: null });
  });

  it('takes no entry outside of a transaction', async () => {
    const act = { organizationId: organization, storageConfigId: null, actor: 'a', action: 'b', ip: null };
    await expect(recordAudit(writers[0]!.manager, act)).rejects.toThrow('in a transaction only');
  });

  it.each([
    ['changed', `UPDATE storage_audit SET actor = 'user:bob' WHERE tenant_id = $1 AND position = 3`, 3, 'changed'],
    [
      'moved in time',
      `UPDATE storage_audit SET created_at = created_at - interval '1 h' WHERE tenant_id = $1 AND position = 2`,
      2,
      'changed',
    ],
    [
      'altered in its detail',
      `UPDATE storage_audit SET detail = '{}' WHERE tenant_id = $1 AND position = 1`,
      1,
      'changed',
    ],
    ['removed', 'DELETE FROM storage_audit WHERE tenant_id = $1 AND position = 2', 2, 'missing'],
    [
      'removed, and the gap closed',
      'DELETE FROM storage_audit WHERE tenant_id = $1 AND position = 4; UPDATE storage_audit SET position = 4 WHERE tenant_id = $1 AND position = 5',
      4,
      'changed',
    ],
    ['stripped of its hash', 'UPDATE storage_audit SET mac = NULL WHERE tenant_id = $1 AND position = 2', 2, 'changed'],
  ])('shows that an entry was %s', async (_what, sql, position, reason) => {
    await recordTimes(5);
    for (const statement of sql.split('; ')) await tamper(statement);
    await expect(verify()).resolves.toMatchObject({ broken: { position, reason } });
  });

  it('counts entries that were slipped in past the worker', async () => {
    await recordTimes(1);
    await expect(countUnchained(writers[0]!)).resolves.toBe(0);
    await writers[0]!.query(
      `INSERT INTO storage_audit (organization_id, actor, action, outcome) VALUES ($1, 'user:bob', 'x', 'ok')`,
      [organization],
    );
    await expect(countUnchained(writers[0]!)).resolves.toBe(1);
  });

  it('says which entry it cannot verify because its key is gone', async () => {
    await recordTimes(2);
    await expect(verify(organization, next)).resolves.toMatchObject({ broken: { position: 1, reason: 'key_gone' } });
  });

  it('has a head that changes when entries are cut off at the end', async () => {
    await recordTimes(3);
    const { head } = (await verify())!;
    await tamper('DELETE FROM storage_audit WHERE tenant_id = $1 AND position = 3');
    await expect(verify()).resolves.toMatchObject({
      entries: 2,
      broken: null,
      head: expect.not.stringContaining(head),
    });
  });
});
