import { randomUUID } from 'node:crypto';
import type { Tenant } from '@stowage/entities';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { storedConfig } from '../testing/rows.js';
import { TestGateway } from '../testing/test-gateway.js';
import { Database } from './database.js';

describeOnDatabase('what a gateway reads without any WHERE', (database) => {
  let gateway: TestGateway;
  const [one, other] = [randomUUID(), randomUUID()];

  beforeAll(async () => {
    gateway = await TestGateway.start(database.url);
    for (const organizationId of [one, other, null]) await storedConfig(gateway.dataSource, { organizationId });
  }, 30_000);
  afterAll(() => gateway?.stop());

  const owners = (tenants: Tenant[]) =>
    gateway.app.get(Database).read(tenants, async (manager) => {
      const rows: { organization_id: Tenant }[] = await manager.query('SELECT organization_id FROM storage_configs');
      return rows.map((row) => row.organization_id);
    });

  it('is what belongs to the tenants that it reads for', async () => {
    await expect(owners([one])).resolves.toEqual([one]);
    await expect(owners([null])).resolves.toEqual([null]);
    await expect(owners([])).resolves.toEqual([]);
  });

  it('is nobody else’s when many read at once on few connections', async () => {
    const asked = Array.from({ length: 60 }, (_, index) => [one, other, null][index % 3]!);
    await expect(Promise.all(asked.map((tenant) => owners([tenant])))).resolves.toEqual(
      asked.map((tenant) => [tenant]),
    );
  });

  it('cannot be written, in a read', async () => {
    const read = gateway.app.get(Database).read([one], (manager) => manager.query('DELETE FROM test_attempts'));
    await expect(read).rejects.toMatchObject({ cause: { driverError: { code: '25006' } } });
  });
});
