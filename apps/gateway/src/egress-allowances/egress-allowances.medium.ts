import { randomUUID } from 'node:crypto';
import type { EgressAllowances } from '@stowage/contracts';
import { EgressAllowanceEntity } from '@stowage/entities';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { platformToken, TestGateway } from '../testing/test-gateway.js';

const PATH = '/platform/egress-allowances';
const MINIO = { cidr: '10.20.0.0/16', ports: [9000], providers: ['minio'] };

describeOnDatabase('/platform/egress-allowances', (database) => {
  let gateway: TestGateway;
  let token: string;

  beforeAll(async () => {
    gateway = await TestGateway.start(database.url);
    token = await platformToken();
  }, 30_000);
  afterAll(() => gateway?.stop());
  afterEach(() => gateway.worker.reset());

  const put = (body: unknown) => gateway.refused('PUT', PATH, { token, body });

  it('lists what is entered, in the order in which it was', async () => {
    await expect(gateway.request('GET', PATH, { token })).resolves.toMatchObject({ body: { allowances: [] } });
    const organizationIds = [randomUUID()];
    await gateway.dataSource.getRepository(EgressAllowanceEntity).insert([
      { position: 1, cidr: 'fd12::/48', ports: [22], providers: ['sftp'], organizationIds: null, note: null },
      { position: 0, ...MINIO, providers: ['minio'], organizationIds, note: 'The data centre' },
    ]);
    const { body } = await gateway.request<EgressAllowances>('GET', PATH, { token });
    expect(body.allowances).toEqual([
      { ...MINIO, organization_ids: organizationIds, note: 'The data centre' },
      { cidr: 'fd12::/48', ports: [22], providers: ['sftp'], organization_ids: null, note: null },
    ]);
  });

  it('lets the worker replace the whole list, and takes back what it has listed', async () => {
    const { body } = await gateway.request<EgressAllowances>('GET', PATH, { token });
    gateway.worker.on('egress.replace_allowances', ({ config }) => config);
    await expect(gateway.request('PUT', PATH, { token, body })).resolves.toMatchObject({ status: 200, body });
    expect(gateway.worker.lastRequest).toMatchObject({ organization_id: null, config: body });
  });

  it.each([
    ['no list', {}, 'allowances'],
    ['no object', { allowances: ['10.0.0.0/16'] }, 'allowances[0]'],
    ['a field that is not known', { allowances: [{ ...MINIO, host: 'x' }] }, 'allowances[0].host'],
    ['no port', { allowances: [MINIO, { ...MINIO, ports: [] }] }, 'allowances[1].ports'],
    ['a vendor', { allowances: [{ ...MINIO, providers: ['aws_s3'] }] }, 'allowances[0].providers'],
    ['nobody', { allowances: [{ ...MINIO, organization_ids: [] }] }, 'allowances[0].organization_ids'],
    ['no organization', { allowances: [{ ...MINIO, organization_ids: ['x'] }] }, 'allowances[0].organization_ids'],
    ['more than 200', { allowances: Array.from({ length: 201 }, () => MINIO) }, 'allowances'],
  ])('refuses %s, and names the field', async (_what, body, field) => {
    const answer = await put(body);
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ field }] } });
    expect(gateway.worker.received).toEqual([]);
  });
});
