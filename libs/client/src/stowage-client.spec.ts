import { randomUUID } from 'node:crypto';
import { EXCHANGES, QUEUES, type StorageReply } from '@stowage/contracts';
import {
  generateSealingKey,
  generateWorkerKeys,
  newestKey,
  publicHalf,
  seal,
  signReply,
  unseal,
} from '@stowage/encryption';
import { type Delivery, InProcessBroker } from '@stowage/messaging';
import { StorageRefused } from './storage-refused.js';
import { StowageClient } from './stowage-client.js';

const ORGANIZATION = randomUUID();
const CONFIG = randomUUID();
const CREDENTIALS = { access_key: 'AK', secret_key: 'the secret' };

describe('StowageClient', () => {
  const worker = generateWorkerKeys();
  const service = generateSealingKey();
  let broker: InProcessBroker;
  let client: StowageClient;

  beforeEach(() => {
    broker = new InProcessBroker();
    client = new StowageClient(broker, {
      service: 'backup-service',
      privateKeys: [service],
      workerKeys: publicHalf(worker).keys,
      deadlineMs: 1000,
    });
  });

  afterEach(() => client.close());

  async function answer(change: Partial<StorageReply> = {}, key = newestKey(worker, 'sig')): Promise<void> {
    await broker.consume(QUEUES.rpc, { prefetch: 1 }, async (delivery) => {
      await delivery.reply({ signed: signReply({ ...(await replyTo(delivery)), ...change }, key) });
      return { verdict: 'ack' };
    });
  }

  async function replyTo(delivery: Delivery): Promise<StorageReply> {
    const { nonce, organization_id } = delivery.json() as { nonce: string; organization_id: string };
    const now = Math.floor(Date.now() / 1000);
    return {
      iss: 'storage-worker',
      aud: 'backup-service',
      cid: delivery.correlation_id,
      nonce,
      iat: now,
      exp: now + 60,
      ok: true,
      organization_id,
      version: 3,
      storage: { id: CONFIG } as StorageReply['storage'],
      credentials: await seal(CREDENTIALS, service),
      credential_kind: 'static',
      expires_at: null,
      error: null,
    };
  }

  it('opens the default storage that the worker released to this service', async () => {
    await answer();
    expect(await client.getDefaultStorage(ORGANIZATION)).toEqual({
      storage: { id: CONFIG },
      credentials: CREDENTIALS,
      version: 3,
    });
  });

  it('throws what the worker refused with', async () => {
    const error = { code: 'storage.default.none', detail: 'No storage is configured.', retryable: false };
    await answer({ ok: false, storage: null, credentials: null, version: null, credential_kind: null, error });
    const refusal = await client.getDefaultStorage(ORGANIZATION).catch((thrown: unknown) => thrown);
    expect(refusal).toBeInstanceOf(StorageRefused);
    expect(refusal).toMatchObject({ code: 'storage.default.none', message: error.detail, retryable: false });
  });

  it.each([
    ['for another service', { aud: 'billing' }],
    ['to another question', { nonce: 'another' }],
    ['about another organization', { organization_id: randomUUID() }],
    ['of yesterday', { iat: 1, exp: 61 }],
  ])('does not believe an answer %s', async (_, change) => {
    await answer(change);
    await expect(client.getDefaultStorage(ORGANIZATION)).rejects.toThrow('not to be believed');
  });

  it('does not believe an answer that somebody else signed', async () => {
    await answer({}, newestKey(generateWorkerKeys(), 'sig'));
    await expect(client.getDefaultStorage(ORGANIZATION)).rejects.toThrow('not to be believed');
  });

  it('says at once that no worker serves', async () => {
    await expect(client.getDefaultStorage(ORGANIZATION)).rejects.toMatchObject({ reason: 'no_consumer' });
  });

  it('seals the secrets of a new storage to the worker before they leave the process', async () => {
    const received = once(QUEUES.commands);
    const config = { organization_id: ORGANIZATION, name: 'New', provider: 'minio' as const, bucket: 'backups' };
    const id = await client.create({ ...config, ...CREDENTIALS }, 'key-1');
    const command = await received;
    expect(command.message_id).toBe(id);
    expect(command.body.toString()).not.toContain(CREDENTIALS.secret_key);
    const { credentials, ...fields } = command.json() as { credentials: string };
    expect(fields).toEqual({ ...config, idempotency_key: 'key-1' });
    expect(await unseal(credentials, worker.keys)).toEqual(CREDENTIALS);
  });

  it('reports a backup under the routing key of its event', async () => {
    const received = once(QUEUES.backupEvents);
    const event = {
      organization_id: ORGANIZATION,
      backup_id: randomUUID(),
      storage_config_id: CONFIG,
      environment_id: null,
      sequence: 1,
      started_at: new Date().toISOString(),
    };
    await client.backupStarted(event);
    const delivery = await received;
    expect(delivery.routing_key).toBe('backup.started');
    expect(delivery.headers).toMatchObject({ schema: 'backup.started/1', 'organization-id': ORGANIZATION });
    expect(delivery.json()).toEqual(event);
  });

  it('hands over the events that it is asked to listen to', async () => {
    const heard: unknown[] = [];
    await client.on('storage.deleted', (data) => void heard.push(data));
    const data = { organization_id: ORGANIZATION, storage_config_id: CONFIG, sequence: 4 };
    const event = { exchange: EXCHANGES.events, message_id: randomUUID(), data };
    await broker.publish({ ...event, routing_key: 'storage.deleted' });
    await broker.publish({ ...event, routing_key: 'storage.tested' }, { mandatory: false });
    await new Promise(setImmediate);
    expect(heard).toEqual([data]);
  });

  function once(queue: string): Promise<Delivery> {
    return new Promise((resolve) => {
      void broker.consume(queue, { prefetch: 1 }, async (delivery) => {
        resolve(delivery);
        return { verdict: 'ack' };
      });
    });
  }
});
