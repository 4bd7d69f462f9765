import { type Operation, StowageError } from '@stowage/contracts';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { operationView, storedOperation } from '../testing/rows.js';
import { TestGateway, TestOrganization } from '../testing/test-gateway.js';

describeOnDatabase('/storage-operations', (database) => {
  let gateway: TestGateway;
  let token: string;
  const organization = new TestOrganization();

  beforeAll(async () => {
    gateway = await TestGateway.start(database.url);
    token = await organization.token();
  }, 30_000);
  afterAll(() => gateway?.stop());
  afterEach(async () => {
    gateway.worker.reset();
    await gateway.dataSource.query('DELETE FROM storage_operations');
  });

  const stored = (given = {}) => storedOperation(gateway.dataSource, { organizationId: organization.id, ...given });

  it('lists the newest first, without what is inside', async () => {
    const older = await stored({ createdAt: new Date('2026-01-01T00:00:00Z'), payload: { credentials: 'sealed' } });
    const newer = await stored({ createdAt: new Date('2026-01-02T00:00:00Z') });
    await storedOperation(gateway.dataSource, { organizationId: new TestOrganization().id });
    const answer = await gateway.request('GET', `/storage-operations?organization_id=${organization.id}`, { token });
    expect(answer.body).toEqual([operationView(newer), operationView(older)]);
    expect(answer.text).not.toContain('sealed');
  });

  it('says where the next page is only while there is one', async () => {
    const ids = [(await stored()).id, (await stored()).id, (await stored()).id];
    const first = await gateway.request<Operation[]>(
      'GET',
      `/storage-operations?organization_id=${organization.id}&limit=2`,
      { token },
    );
    const next = /^<([^>]+)>; rel="next"$/.exec(first.headers.get('link')!)![1]!;
    const second = await gateway.request<Operation[]>('GET', `/${next}`, { token });
    expect(second.headers.get('link')).toBeNull();
    expect([...first.body, ...second.body].map(({ id }) => id).sort()).toEqual(ids.sort());
  });

  it('shows the failure of one as it was stored', async () => {
    const error = { code: 'network.timeout', detail: 'Connection timeout', retryable: true };
    const row = await stored({ status: 'failed', attempt: 3, error, startedAt: new Date(), finishedAt: new Date() });
    const answer = await gateway.request('GET', `/storage-operations/${row.id}`, { token });
    expect(answer).toMatchObject({ status: 200, body: { status: 'failed', attempt: 3, error } });
  });

  it('cancels through the worker', async () => {
    const row = await stored();
    gateway.worker.on('operation.cancel', () => ({ ...operationView(row), status: 'cancelled' }));
    const answer = await gateway.request('POST', `/storage-operations/${row.id}/cancel`, { token });
    expect(answer).toMatchObject({ status: 200, body: { id: row.id, status: 'cancelled' } });
    expect(gateway.worker.lastRequest).toMatchObject({ operation_id: row.id, organization_id: organization.id });
  });

  it('passes on that it has ended already', async () => {
    const row = await stored({ status: 'succeeded' });
    gateway.worker.on('operation.cancel', () => {
      throw new StowageError('operation.not_cancellable', 'The operation has ended: succeeded.');
    });
    await expect(gateway.refused('POST', `/storage-operations/${row.id}/cancel`, { token })).resolves.toMatchObject({
      status: 409,
      body: { code: 'operation.not_cancellable' },
    });
  });
});
