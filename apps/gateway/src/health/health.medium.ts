import { randomUUID } from 'node:crypto';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { R2_BODY } from '../testing/bodies.js';
import { TestGateway, TestOrganization } from '../testing/test-gateway.js';
import { HealthService } from './health.service.js';

describeOnDatabase('health and metrics', (database) => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await TestGateway.start(database.url);
  }, 30_000);
  afterAll(() => gateway?.stop());

  it('lives', async () => {
    await expect(gateway.request('GET', '//health/live')).resolves.toMatchObject({
      status: 200,
      body: { status: 'live' },
    });
  });

  it('stays ready, and says degraded, without a broker that other services could reach', async () => {
    await expect(gateway.request('GET', '//health/ready')).resolves.toMatchObject({
      status: 200,
      body: { status: 'degraded', database: 'up', broker: 'in-process', draining: false },
    });
  });

  it('measures requests by route template and worker requests by outcome, and names no id', async () => {
    const organization = new TestOrganization();
    const token = await organization.token();
    const id = randomUUID();
    await gateway.refused('GET', `/storage-configs/${id}`, { token });
    await gateway.worker.stop();
    await gateway.refused('POST', `/storage-configs?organization_id=${organization.id}`, { token, body: R2_BODY });
    const { text, headers } = await gateway.request('GET', '//metrics');
    expect(headers.get('content-type')).toMatch(/^text\/plain; version=/);
    expect(text).toMatch(
      /http_server_request_duration_seconds_count{.*route="\/api\/v1\/backups\/storage-configs\/:id".*} 1/,
    );
    expect(text).toContain(
      'rpc_client_duration_seconds_count{method="storage.create",outcome="request.unavailable"} 1',
    );
    expect(text).toContain('process_cpu_seconds_total');
    expect(text).not.toContain(id);
    expect(text).not.toContain(organization.id);
  });

  it('takes itself out of service before it ends', async () => {
    gateway.app.get(HealthService).beforeApplicationShutdown();
    await expect(gateway.request('GET', '//health/ready')).resolves.toMatchObject({
      status: 503,
      body: { status: 'unready', draining: true },
    });
  });
});
