import { randomUUID } from 'node:crypto';
import type { StorageHistory } from '@stowage/contracts';
import { HistoryPointEntity } from '@stowage/entities';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { storedConfig } from '../testing/rows.js';
import { TestGateway, TestOrganization } from '../testing/test-gateway.js';

const HOUR_MS = 3_600_000;

describeOnDatabase('the history of a storage', (database) => {
  let gateway: TestGateway;
  let token: string;
  let id: string;
  const organization = new TestOrganization();

  beforeAll(async () => {
    gateway = await TestGateway.start(database.url);
    token = await organization.token(['org.storage.list']);
  }, 30_000);
  afterAll(() => gateway?.stop(), 30_000);
  beforeEach(async () => {
    ({ id } = await storedConfig(gateway.dataSource, { organizationId: organization.id }));
  });

  const begun = Math.floor(Date.now() / 1000) * 1000;
  const hoursAgo = (hours: number): Date => new Date(begun - hours * HOUR_MS);
  const path = (query: Record<string, string>) =>
    `/storage-configs/${id}/history?${new URLSearchParams(query).toString()}`;
  const get = async (query: Record<string, string>): Promise<StorageHistory> => {
    const answer = await gateway.request<StorageHistory>('GET', path(query), { token });
    expect(answer.status).toBe(200);
    return answer.body;
  };
  const record = (points: Partial<HistoryPointEntity>[]) =>
    gateway.dataSource
      .getRepository(HistoryPointEntity)
      .insert(points.map((point) => ({ storageConfigId: id, ...point })));
  const usage = (recordedAt: Date, bytes: number): Partial<HistoryPointEntity> => ({
    kind: 'usage',
    recordedAt,
    measuredSizeBytes: bytes,
    measuredObjectCount: 3,
    totalSizeBytes: 100,
    objectCount: 1,
  });

  it('tells what each usage refresh counted, the oldest first', async () => {
    await record([usage(hoursAgo(1), 9_007_199_254_740_991), usage(hoursAgo(3), 200)]);
    const { kind, usage: points, health } = await get({ kind: 'usage' });
    expect({ kind, health }).toEqual({ kind: 'usage', health: [] });
    const counted = { measured_object_count: 3, total_size_bytes: 100, object_count: 1 };
    expect(points).toEqual([
      { at: hoursAgo(3).toISOString(), measured_size_bytes: 200, ...counted },
      { at: hoursAgo(1).toISOString(), measured_size_bytes: 9_007_199_254_740_991, ...counted },
    ]);
  });

  it('tells what each test found', async () => {
    await record([
      { kind: 'health', recordedAt: hoursAgo(2), healthStatus: 'failing', healthCode: 'container.not_found' },
      { kind: 'health', recordedAt: hoursAgo(1), healthStatus: 'healthy', latencyMs: 145 },
    ]);
    await expect(get({ kind: 'health' })).resolves.toMatchObject({
      usage: [],
      health: [
        { at: hoursAgo(2).toISOString(), status: 'failing', code: 'container.not_found', latency_ms: null },
        { at: hoursAgo(1).toISOString(), status: 'healthy', code: null, latency_ms: 145 },
      ],
    });
  });

  it('holds to the time that was asked for, the last 30 days if none was', async () => {
    await record([31 * 24, 5, 4, 3].map((hours) => usage(hoursAgo(hours), hours)));
    const sizes = async (query: Record<string, string>) =>
      (await get({ kind: 'usage', ...query })).usage.map((point) => point.measured_size_bytes);
    await expect(sizes({})).resolves.toEqual([5, 4, 3]);
    await expect(sizes({ from: hoursAgo(5).toISOString(), to: hoursAgo(3).toISOString() })).resolves.toEqual([5, 4]);
    await expect(sizes({ from: hoursAgo(32 * 24).toISOString() })).resolves.toEqual([744, 5, 4, 3]);
  });

  it('answers all points up to 500, however close they stand', async () => {
    await record(Array.from({ length: 500 }, (_, index) => usage(new Date(hoursAgo(2).getTime() + index), index)));
    const { usage: points } = await get({ kind: 'usage', from: hoursAgo(9000).toISOString() });
    expect(points.map((point) => point.measured_size_bytes)).toEqual(Array.from({ length: 500 }, (_, index) => index));
  });

  it('answers of more at most 500: of usage the latest of each part, of health the worst', async () => {
    const start = hoursAgo(40);
    const minutes = Array.from({ length: 2000 }, (_, index) => new Date(start.getTime() + index * 60_000));
    await record(minutes.map((at, index) => usage(at, index)));
    await record(
      minutes.map((recordedAt, index) => ({
        kind: 'health',
        recordedAt,
        healthStatus: index === 1001 ? ('failing' as const) : ('healthy' as const),
      })),
    );
    const period = { from: start.toISOString(), to: new Date(start.getTime() + 2000 * 60_000).toISOString() };
    const { usage: points } = await get({ kind: 'usage', ...period });
    expect(points.map((point) => point.measured_size_bytes)).toEqual(
      Array.from({ length: 500 }, (_, index) => 4 * index + 3),
    );
    const { health } = await get({ kind: 'health', ...period });
    expect(health).toHaveLength(500);
    expect(health.filter(({ status }) => status === 'failing').map(({ at }) => at)).toEqual([
      minutes[1001]!.toISOString(),
    ]);
  });

  it.each([
    [{}, 'kind'],
    [{ kind: 'cost' }, 'kind'],
    [{ kind: 'usage', from: 'yesterday' }, 'from'],
    [{ kind: 'usage', from: '2026-01-01' }, 'from'],
    [{ kind: 'usage', to: '2026-01-01T00:00:00' }, 'to'],
    [{ kind: 'usage', to: '2026-02-30T00:00:00Z' }, 'to'],
    [{ kind: 'usage', from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' }, 'from'],
    [{ kind: 'usage', step: '1h' }, 'step'],
  ])('refuses %j', async (query, field) => {
    const answer = await gateway.refused('GET', path(query), { token });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ field }] } });
  });

  it("is for members with org.storage.list, and of the organization's own storages", async () => {
    const statusWith = async (bearer: string | null) =>
      (await gateway.refused('GET', path({ kind: 'usage' }), { token: bearer })).status;
    await expect(statusWith(null)).resolves.toBe(401);
    await expect(statusWith(await organization.token(['org.storage.update']))).resolves.toBe(403);
    await expect(statusWith(await new TestOrganization().token())).resolves.toBe(404);
    id = randomUUID();
    await expect(statusWith(token)).resolves.toBe(404);
    ({ id } = await storedConfig(gateway.dataSource));
    await expect(statusWith(token)).resolves.toBe(404);
  });
});
