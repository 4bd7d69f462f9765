import { randomUUID } from 'node:crypto';
import type { Backup } from '@stowage/contracts';
import { toBackup } from '@stowage/entities';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { operationView, storedBackup, storedOperation } from '../testing/rows.js';
import { TestGateway, TestOrganization } from '../testing/test-gateway.js';

describeOnDatabase('backups', (database) => {
  let gateway: TestGateway;
  let token: string;
  const organization = new TestOrganization();
  const list = `/organization/${organization.id}/backups`;

  beforeAll(async () => {
    gateway = await TestGateway.start(database.url);
    token = await organization.token();
  }, 30_000);
  afterAll(() => gateway?.stop());
  afterEach(async () => {
    gateway.worker.reset();
    await gateway.dataSource.query('DELETE FROM backups');
  });

  const stored = (given = {}) => storedBackup(gateway.dataSource, { organizationId: organization.id, ...given });

  it('lists running and completed ones, the newest first, and no others', async () => {
    const older = await stored({ reportedAt: new Date('2026-01-01T00:00:00Z') });
    const running = await stored({
      state: 'running',
      completedAt: null,
      reportedAt: new Date('2026-01-02T00:00:00Z'),
    });
    await stored({ state: 'failed' });
    await stored({ state: 'deleted' });
    await storedBackup(gateway.dataSource);
    const answer = await gateway.request('GET', list, { token });
    expect(answer.body).toEqual([toBackup(running), toBackup(older)]);
  });

  it('lists those on one storage', async () => {
    const wanted = await stored();
    await stored();
    const path = `${list}?storage_config_id=${wanted.storageConfigId}`;
    await expect(gateway.request('GET', path, { token })).resolves.toMatchObject({ body: [{ id: wanted.id }] });
  });

  it('keeps the filter on the next page', async () => {
    const storageConfigId = randomUUID();
    const wanted = [await stored({ storageConfigId }), await stored({ storageConfigId })];
    await stored();
    const first = await gateway.request<Backup[]>('GET', `${list}?storage_config_id=${storageConfigId}&limit=1`, {
      token,
    });
    const next = /^<([^>]+)>; rel="next"$/.exec(first.headers.get('link')!)![1]!;
    const second = await gateway.request<Backup[]>('GET', `/${next}`, { token });
    expect(second.headers.get('link')).toBeNull();
    expect([...first.body, ...second.body].map(({ id }) => id).sort()).toEqual(wanted.map(({ id }) => id).sort());
  });

  it.each(['storage_config_id=x', 'status=failed'])('refuses ?%s', async (query) => {
    await expect(gateway.refused('GET', `${list}?${query}`, { token })).resolves.toMatchObject({ status: 422 });
  });

  it('deletes through the worker, as an operation', async () => {
    const row = await stored();
    const operation = await storedOperation(gateway.dataSource, {
      kind: 'backup.delete',
      organizationId: organization.id,
    });
    gateway.worker.on('backup.delete', () => operationView(operation));
    const answer = await gateway.request('DELETE', `/${row.id}`, { token });
    expect(answer).toMatchObject({ status: 202, body: { id: operation.id, kind: 'backup.delete' } });
    expect(gateway.worker.lastRequest).toMatchObject({
      backup_id: row.id,
      organization_id: organization.id,
      storage_config_id: row.storageConfigId,
    });
  });

  it('answers 404 for one that is deleted already', async () => {
    const row = await stored({ state: 'deleted' });
    await expect(gateway.refused('DELETE', `/${row.id}`, { token })).resolves.toMatchObject({ status: 404 });
  });
});
