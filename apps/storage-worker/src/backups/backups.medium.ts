import { randomUUID } from 'node:crypto';
import { BackupCompleted, EXCHANGES, type Operation, QUEUES, schemaOf, type StorageConfig } from '@stowage/contracts';
import { BackupEntity, StorageConfigEntity, StorageOperationEntity } from '@stowage/entities';
import { openStorage, type Storage } from '@stowage/providers/open';
import type { OutgoingMessage } from '@stowage/messaging';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { type SandboxS3, startSandboxS3 } from '../../../../tools/servers/index.js';
import { StorageAccess } from '../storage-configs/storage-access.js';
import { eventually } from '../testing/eventually.js';
import { SERVICE, TestWorker } from '../testing/test-worker.js';

describeOnDatabase('the backups of a storage', (database) => {
  let worker: TestWorker;
  let s3: SandboxS3;
  let config: StorageConfigEntity;
  const organizationId = randomUUID();

  beforeAll(async () => {
    [worker, s3] = await Promise.all([TestWorker.start(database.url), startSandboxS3()]);
    const created = await worker.ask<StorageConfig>('storage.create', {
      organization_id: organizationId,
      config: { name: 'offsite', provider: 'minio', bucket: s3.bucket, endpoint_url: s3.endpoint, path_prefix: 'a/b' },
      credentials: await worker.sealed(s3.users.full),
    });
    if (!created.ok) throw new Error(created.error.detail);
    config = await worker.database.manager.findOneByOrFail(StorageConfigEntity, { id: created.result.id });
  }, 60_000);

  afterAll(async () => {
    await worker?.stop();
    await s3?.stop();
  }, 60_000);

  const completed = (data: Partial<BackupCompleted> = {}, user_id = SERVICE.amqpUser): OutgoingMessage => ({
    exchange: EXCHANGES.backupEvents,
    routing_key: 'backup.completed',
    user_id,
    message_id: randomUUID(),
    headers: { schema: schemaOf('backup.completed'), 'organization-id': organizationId },
    data: {
      organization_id: organizationId,
      backup_id: randomUUID(),
      storage_config_id: config.id,
      environment_id: null,
      sequence: 1,
      size_bytes: 5,
      objects: [],
      completed_at: new Date().toISOString(),
      ...data,
    },
  });
  const lineOf = (id: string) => worker.database.manager.findOneBy(BackupEntity, { id });
  const report = async (data: Partial<BackupCompleted>): Promise<string> => {
    const message = completed(data);
    const { backup_id } = message.data as BackupCompleted;
    await worker.broker.publish(message);
    await eventually(() => lineOf(backup_id));
    return backup_id;
  };
  const remove = async (backup_id: string): Promise<StorageOperationEntity> => {
    const reply = await worker.ask<Operation>('backup.delete', { organization_id: organizationId, backup_id });
    if (!reply.ok) throw new Error(reply.error.detail);
    return eventually(async () => {
      const operation = await worker.database.manager.findOneBy(StorageOperationEntity, { id: reply.result.id });
      return operation?.finishedAt != null && operation;
    });
  };
  const withStorage = async <T>(work: (storage: Storage) => Promise<T>): Promise<T> => {
    const location = worker.app.get(StorageAccess, { strict: false }).locationOf(config);
    const policy = { allow: [], deny: [], allowLoopback: true };
    const storage = await openStorage({ storage: location, credentials: s3.users.full }, { policy });
    try {
      return await work(storage);
    } finally {
      await storage.close();
    }
  };
  const keysOnStorage = (): Promise<string[]> =>
    withStorage(async (storage) => {
      const keys: string[] = [];
      for await (const page of storage.list()) keys.push(...page.map(({ key }) => key));
      return keys;
    });

  it('are recorded as a service reports them', async () => {
    const id = await report({ size_bytes: 1234, objects: ['dump.gz'] });
    expect(await lineOf(id)).toMatchObject({ state: 'completed', sizeBytes: 1234, objects: ['dump.gz'] });
  });

  it.each<[string, () => OutgoingMessage, string]>([
    ['a stranger', () => completed({}, 'stranger'), 'request.user_id'],
    ['a body that is not valid', () => completed({ size_bytes: -1 }), 'request.validation'],
    ['a key that no database can hold', () => completed({ objects: ['dump\u0000.gz'] }), 'request.validation'],
    ['a message whose id is no UUID', () => ({ ...completed(), message_id: 'x'.repeat(200) }), 'request.validation'],
    ['a message whose id no database can hold', () => ({ ...completed(), message_id: '\u0000' }), 'request.validation'],
    [
      'another organization than the header says',
      () => completed({ organization_id: randomUUID() }),
      'request.validation',
    ],
  ])('are not believed from %s', async (_what, make, code) => {
    const message = make();
    await worker.broker.publish(message);
    const dead = await eventually(async () =>
      worker.broker.messagesIn(QUEUES.deadLetters).find(({ message_id }) => message_id === message.message_id),
    );
    expect(dead.headers['error-code']).toBe(code);
    expect(await lineOf((message.data as BackupCompleted).backup_id)).toBeNull();
  });

  it('are deleted object by object, and nothing beside them', async () => {
    await withStorage(async (storage) => {
      for (const key of ['doomed/1', 'doomed/2', 'kept/1']) await storage.put(key, Buffer.from('12345'));
    });
    const id = await report({ size_bytes: 10, objects: ['doomed/1', 'doomed/2'] });
    expect(await remove(id)).toMatchObject({ status: 'succeeded', result: { backup_id: id, objects: 2 } });
    expect(await keysOnStorage()).toEqual(['kept/1']);
    expect(await lineOf(id)).toMatchObject({ state: 'deleted', objects: [] });
  });

  it('may be deleted though their objects are gone already', async () => {
    const id = await report({ objects: ['never/was'] });
    expect(await remove(id)).toMatchObject({ status: 'succeeded' });
  });

  it.each<[string, () => string | null]>([
    ['another organization', () => randomUUID()],
    ['the platform', () => null],
  ])('are not found on behalf of %s, whose they are not', async (_who, organization) => {
    const backup_id = await report({});
    const reply = await worker.ask('backup.delete', { organization_id: organization(), backup_id });
    expect(reply).toMatchObject({ ok: false, error: { code: 'request.not_found' } });
  });

  it('stay recorded while their objects cannot be removed', async () => {
    const id = await report({ objects: ['../outside'] });
    const operation = await remove(id);
    expect(operation.status).toBe('failed');
    expect(await lineOf(id)).toMatchObject({ state: 'completed' });
  });
});
