import { randomUUID } from 'node:crypto';
import { type CommandName, EXCHANGES, QUEUES, schemaOf, type SignedReply } from '@stowage/contracts';
import { publicHalf, verifyReply } from '@stowage/encryption';
import { BackupEntity, HistoryPointEntity, StorageConfigEntity, StorageOperationEntity } from '@stowage/entities';
import type { OutgoingMessage } from '@stowage/messaging';
import { StorageFailure } from '@stowage/providers';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { type SandboxS3, startSandboxS3 } from '../../../../tools/servers/index.js';
import { eventually } from '../testing/eventually.js';
import { HOST_KEY, SUCCESS } from '../testing/scripted-prober.js';
import { SERVICE, TestWorker } from '../testing/test-worker.js';

describeOnDatabase('the commands of services', (database) => {
  let worker: TestWorker;
  let s3: SandboxS3;
  const organizationId = randomUUID();

  beforeAll(async () => {
    [worker, s3] = await Promise.all([TestWorker.start(database.url), startSandboxS3()]);
  }, 60_000);

  afterAll(async () => {
    await worker?.stop();
    await s3?.stop();
  }, 60_000);

  const command = (name: CommandName, data: object, properties: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
    exchange: EXCHANGES.commands,
    routing_key: name,
    user_id: SERVICE.amqpUser,
    message_id: randomUUID(),
    headers: { schema: schemaOf(name), 'organization-id': organizationId },
    data: { organization_id: organizationId, ...data },
    ...properties,
  });
  const createData = async (fields: object = {}) => ({
    idempotency_key: randomUUID(),
    name: `offsite ${randomUUID()}`,
    provider: 'minio',
    bucket: s3.bucket,
    endpoint_url: s3.endpoint,
    path_prefix: randomUUID(),
    credentials: await worker.sealed(s3.users.full),
    ...fields,
  });
  const ended = (id: string | null | undefined): Promise<StorageOperationEntity> =>
    eventually(async () => {
      const operation = await worker.database.manager.findOneBy(StorageOperationEntity, { id: id ?? '' });
      return operation?.finishedAt != null && operation;
    });
  const created = async (fields: object = {}): Promise<StorageConfigEntity> => {
    const message = command('storage.create', await createData(fields));
    await worker.broker.publish(message);
    const { storageConfigId, error } = await ended(message.message_id);
    expect(error).toBeNull();
    return worker.database.manager.findOneByOrFail(StorageConfigEntity, { id: storageConfigId! });
  };
  const eventsOf = (correlationId: string | null | undefined): Promise<{ event: string; data: unknown }[]> =>
    worker.database.query('SELECT event, data FROM outbox WHERE correlation_id = $1 ORDER BY id', [correlationId]);
  const deadLetterOf = (id: string | null | undefined) =>
    eventually(async () => worker.broker.messagesIn(QUEUES.deadLetters).find(({ message_id }) => message_id === id));

  it('create a storage once, though the command comes twice', async () => {
    const message = command('storage.create', await createData({ is_default: false }));
    await Promise.all([worker.broker.publish(message), worker.broker.publish(message)]);
    expect(await ended(message.message_id)).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect((await eventsOf(message.message_id)).map(({ event }) => event)).toEqual(['storage.created']);
  });

  it('create one storage for an idempotency key, for ever', async () => {
    const data = await createData();
    const [first, second] = [command('storage.create', data), command('storage.create', data)];
    await worker.broker.publish(first);
    const original = await ended(first.message_id);
    await worker.broker.publish(second);
    expect((await ended(second.message_id)).storageConfigId).toBe(original.storageConfigId);
  });

  it('say why a storage could not be created', async () => {
    const message = command('storage.create', await createData({ bucket: null }));
    await worker.broker.publish(message);
    expect(await ended(message.message_id)).toMatchObject({ status: 'failed', attempt: 1 });
    expect(await eventsOf(message.message_id)).toMatchObject([
      {
        event: 'storage.create.failed',
        data: { command_id: message.message_id, key: 'storage.create', error: { code: 'request.validation' } },
      },
    ]);
  });

  it('refuse a secret in clear, call it compromised and keep no copy of it', async () => {
    const canary = `canary-${randomUUID()}`;
    const message = command('storage.create', { ...(await createData()), secret_key: canary });
    await worker.broker.publish(message);
    const copy = await deadLetterOf(message.message_id);
    expect(copy?.headers['error-code']).toBe('credentials.not_sealed');
    expect(JSON.stringify([copy?.json(), copy?.headers])).not.toContain(canary);
    expect(await eventsOf(message.message_id)).toMatchObject([
      { event: 'storage.command.rejected', data: { error: { code: 'credentials.not_sealed' } } },
    ]);
  });

  it.each<[string, (message: OutgoingMessage) => void, string]>([
    ['an unregistered sender', (message) => (message.user_id = 'stranger'), 'request.user_id'],
    ['a newer major version', (message) => (message.headers!.schema = 'storage.test/2'), 'request.unsupported_schema'],
    [
      'the version of another command',
      (message) => (message.headers!.schema = 'storage.create/1'),
      'request.unsupported_schema',
    ],
    ['what names no version', (message) => delete message.headers!.schema, 'request.validation'],
    ['what names no organization', (message) => delete message.headers!['organization-id'], 'request.validation'],
    [
      'a correlation id that is too long',
      (message) => (message.correlation_id = 'x'.repeat(129)),
      'request.validation',
    ],
    ['a body that is no object', (message) => (message.data = ['a secret']), 'request.validation'],
    [
      'a header that names another organization',
      (message) => (message.headers!['organization-id'] = randomUUID()),
      'request.validation',
    ],
    [
      'a body without its storage',
      (message) => Object.assign(message.data as object, { storage_config_id: 'the big one' }),
      'request.validation',
    ],
  ])('refuse %s', async (_what, spoil, code) => {
    const message = command('storage.test', { storage_config_id: randomUUID() });
    spoil(message);
    await worker.broker.publish(message);
    expect((await deadLetterOf(message.message_id))?.headers['error-code']).toBe(code);
    expect(await eventsOf(message.message_id)).toMatchObject([
      {
        event: 'storage.command.rejected',
        data: { command_id: message.message_id, key: 'storage.test', error: { code } },
      },
    ]);
  });

  it('refuse a correlation id that the database could not take, at once and not after an hour of retries', async () => {
    const message = command('storage.test', { storage_config_id: randomUUID() }, { correlation_id: 'a\u0000b' });
    await worker.broker.publish(message);
    expect((await deadLetterOf(message.message_id))?.headers['error-code']).toBe('request.validation');
    expect(await eventsOf(message.message_id)).toMatchObject([{ event: 'storage.command.rejected' }]);
  });

  it('take nothing from a traceparent that is none', async () => {
    const message = command('storage.test', { storage_config_id: randomUUID() });
    message.headers!.traceparent = 'a\u0000b';
    await worker.broker.publish(message);
    expect(await ended(message.message_id)).toMatchObject({ status: 'failed', error: { code: 'storage.not_found' } });
  });

  it('tell whom a body that cannot be read concerned, and reply to it', async () => {
    const message = command('storage.test', {}, { correlation_id: randomUUID(), data: 'no object' });
    const reply = await worker.broker.request(message, { deadline: Date.now() + 20_000 });
    expect(
      verifyReply((reply.json() as SignedReply).signed, publicHalf(worker.workerKeys).keys, {
        aud: SERVICE.name,
        cid: message.correlation_id!,
        organization_id: organizationId,
      }),
    ).toMatchObject({ ok: false, operation: null, error: { code: 'request.validation' } });
    const events = await worker.database.query<{ organization_id: string }[]>(
      `SELECT organization_id FROM outbox WHERE correlation_id = $1 AND event = 'storage.command.rejected'`,
      [message.correlation_id],
    );
    expect(events).toEqual([{ organization_id: organizationId }]);
  });

  it('believe nothing of what a stranger sends, not even whom it concerns', async () => {
    const message = command('storage.test', {}, { user_id: 'stranger', data: 'no object' });
    await worker.broker.publish(message);
    await deadLetterOf(message.message_id);
    const events = await worker.database.query<{ organization_id: string | null; code: string }[]>(
      `SELECT organization_id, data->'error'->>'code' AS code FROM outbox WHERE correlation_id = $1`,
      [message.message_id],
    );
    expect(events).toEqual([{ organization_id: null, code: 'request.user_id' }]);
  });

  it('are refused under one message id, however often they are delivered', async () => {
    const message = command('storage.test', { storage_config_id: 'the big one' });
    for (let delivery = 1; delivery <= 2; delivery++) await worker.broker.publish(message);
    const ids = await eventually(async () => {
      const rows = await worker.database.query<{ message_id: string }[]>(
        'SELECT message_id FROM outbox WHERE correlation_id = $1',
        [message.message_id],
      );
      return rows.length === 2 && rows.map(({ message_id }) => message_id);
    });
    expect(ids[0]).toBe(ids[1]);
  });

  it("need no headers in NestJS's own shape, whose plain client sends none", async () => {
    const { id } = await created();
    const data = { organization_id: organizationId, storage_config_id: id };
    const message = command('storage.test', {}, { headers: {}, data: { pattern: 'storage.test', data } });
    await worker.broker.publish(message);
    expect(await ended(message.message_id)).toMatchObject({ status: 'succeeded' });
  });

  it('may hold what a later minor version adds', async () => {
    const { id } = await created({ colour: 'blue' });
    const message = command('storage.test', { storage_config_id: id, colour: 'blue' });
    await worker.broker.publish(message);
    expect(await ended(message.message_id)).toMatchObject({ status: 'succeeded' });
  });

  it('test a storage, store its health and say so', async () => {
    const { id } = await created();
    const message = command('storage.test', { storage_config_id: id });
    await worker.broker.publish(message);
    expect(await ended(message.message_id)).toMatchObject({ status: 'succeeded', result: { success: true } });
    expect((await eventsOf(message.message_id)).map(({ event }) => event)).toEqual([
      'storage.tested',
      'storage.health.changed',
    ]);
    expect(await worker.database.manager.findOneBy(StorageConfigEntity, { id })).toMatchObject({
      healthStatus: 'healthy',
      failingSince: null,
    });
  });

  it('do not test the storage of another organization', async () => {
    const { id } = await created();
    const other = randomUUID();
    const message = command(
      'storage.test',
      { organization_id: other, storage_config_id: id },
      { headers: { schema: 'storage.test/1', 'organization-id': other } },
    );
    await worker.broker.publish(message);
    expect(await ended(message.message_id)).toMatchObject({ status: 'failed', error: { code: 'storage.not_found' } });
  });

  it('answer who asks for the outcome, signed, and a duplicate with the stored one', async () => {
    const { id } = await created();
    const message = command('storage.test', { storage_config_id: id });
    for (let round = 1; round <= 2; round++) {
      const cid = randomUUID();
      const reply = await worker.broker.request({ ...message, correlation_id: cid }, { deadline: Date.now() + 20_000 });
      const { signed } = reply.json() as SignedReply;
      const answer = verifyReply(signed, publicHalf(worker.workerKeys).keys, {
        aud: SERVICE.name,
        cid,
        organization_id: organizationId,
      });
      expect(answer).toMatchObject({ ok: true, version: 1, nonce: null, error: null });
      expect(answer['operation']).toMatchObject({ id: message.message_id, status: 'succeeded', attempt: 1 });
    }
  }, 30_000);

  it('pin the host key at the first test that reaches a server, and send no password before', async () => {
    worker.prober.answerHostKey = () => Promise.reject(new StorageFailure('network.timeout'));
    const credentials = await worker.sealed({ access_key: 'backup', secret_key: 'a password' });
    const fields = { provider: 'sftp', host: 'sftp.example.com', bucket: null, endpoint_url: null, credentials };
    const { id } = await created(fields);
    worker.prober.answerHostKey = async () => HOST_KEY;
    const message = command('storage.test', { storage_config_id: id });
    await worker.broker.publish(message);
    expect(await ended(message.message_id)).toMatchObject({ status: 'succeeded' });
    expect(worker.prober.probed.at(-1)).toMatchObject({
      hostKeyPolicy: 'strict',
      location: { host_key_sha256: HOST_KEY },
    });
    expect(await worker.database.manager.findOneBy(StorageConfigEntity, { id })).toMatchObject({
      hostKeySha256: HOST_KEY,
      version: 2,
      healthStatus: 'healthy',
    });
    expect((await eventsOf(message.message_id)).map(({ event }) => event)).toContain('storage.updated');
  });

  it('ask a server once that does not even show its host key, and say why', async () => {
    worker.prober.answerHostKey = () => Promise.reject(new StorageFailure('network.name_server', { step: 'resolve' }));
    const credentials = await worker.sealed({ access_key: 'backup', secret_key: 'a password' });
    const fields = { provider: 'sftp', host: 'sftp.example.com', bucket: null, endpoint_url: null, credentials };
    const { id } = await created(fields);
    const probed = worker.prober.probed.length;
    const message = command('storage.test', { storage_config_id: id });
    await worker.broker.publish(message);
    const result = { success: false, code: 'network.name_server' };
    expect(await ended(message.message_id)).toMatchObject({ status: 'succeeded', result });
    expect(worker.prober.probed).toHaveLength(probed);
    worker.prober.answerHostKey = async () => HOST_KEY;
  });

  it('tell of a failed test as a result, not as a failure of the command', async () => {
    const { id } = await created();
    worker.prober.result = { ...SUCCESS, success: false, code: 'container.not_found', evidence: 'NoSuchBucket' };
    const message = command('storage.test', { storage_config_id: id });
    await worker.broker.publish(message);
    expect(await ended(message.message_id)).toMatchObject({ status: 'succeeded', result: { success: false } });
    worker.prober.result = SUCCESS;
    const [tested, changed] = await eventsOf(message.message_id);
    expect(tested?.data).not.toHaveProperty('result.evidence');
    expect(changed).toMatchObject({
      event: 'storage.health.changed',
      data: { from: 'unverified', to: 'failing', code: 'container.not_found' },
    });
  });

  it('measure what lies on a storage and how far the ledger is off', async () => {
    const config = await created();
    await worker.database.manager.insert(BackupEntity, {
      id: randomUUID(),
      organizationId,
      storageConfigId: config.id,
      environmentId: null,
      state: 'completed',
      sizeBytes: 1000,
      objects: ['gone.gz'],
      sequence: 1,
      completedAt: new Date(),
    });
    const message = command('storage.usage.refresh', { storage_config_id: config.id });
    await worker.broker.publish(message);
    const measured = {
      size_bytes: 0,
      object_count: 0,
      method: 'listing',
      drift: { size_bytes: -1000, object_count: -1 },
    };
    expect(await ended(message.message_id)).toMatchObject({ status: 'succeeded', result: measured });
    expect(await eventsOf(message.message_id)).toMatchObject([
      { event: 'storage.usage.refreshed', data: { measured, total_size_bytes: 1000, object_count: 1 } },
    ]);
    const history = await worker.database.manager.findBy(HistoryPointEntity, {
      storageConfigId: config.id,
      kind: 'usage',
    });
    expect(history).toMatchObject([{ measuredSizeBytes: 0, totalSizeBytes: 1000, objectCount: 1 }]);
  });

  it('tell by its diagnosis why a storage could not be measured', async () => {
    const { id } = await created({ bucket: 'no-such-bucket' });
    const message = command('storage.usage.refresh', { storage_config_id: id });
    await worker.broker.publish(message);
    expect(await ended(message.message_id)).toMatchObject({
      status: 'failed',
      error: { code: 'container.not_found', retryable: false },
    });
  });
});
