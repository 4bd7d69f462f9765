import { randomUUID } from 'node:crypto';
import { StorageConfigEntity } from '@stowage/entities';
import type { DataSource } from 'typeorm';

/** A saved storage, as far as tests that dial none need one. */
export async function storeConfig(
  dataSource: DataSource,
  fields: Partial<StorageConfigEntity> = {},
): Promise<StorageConfigEntity> {
  const configs = dataSource.getRepository(StorageConfigEntity);
  const id = fields.id ?? randomUUID();
  await configs.insert({
    id,
    organizationId: randomUUID(),
    name: `storage ${id}`,
    provider: 'minio',
    bucket: 'backups',
    endpointUrl: 'http://127.0.0.1:9000',
    credentialsCt: Buffer.from('sealed'),
    credentialsKid: 'test',
    credentialsUpdatedAt: new Date(),
    ...fields,
  });
  return configs.findOneByOrFail({ id });
}
