import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import amqp, { type Channel, type ChannelModel, type ConsumeMessage, type Options } from 'amqplib';
import { CompactEncrypt, compactDecrypt, compactVerify, importJWK } from 'jose';
import { parse } from 'yaml';
import { describeOnServers, type SandboxS3, startSandboxS3 } from '../tools/servers/index.js';
import { startSystem, type System } from '../tools/system/index.js';
import { eventually } from './eventually.js';

type Data = Record<string, unknown>;
interface Heard {
  key: string;
  properties: ConsumeMessage['properties'];
  data: Data;
}

/** A stranger who has read docs/asyncapi.yaml and nothing else: amqplib and jose, and what it hears is held to that document. */
describeOnServers(['rabbitmq'], 'the message contract as it is written down', () => {
  const document = parse(readFileSync('docs/asyncapi.yaml', 'utf8')) as {
    components: { messages: Record<string, { payload: { $ref: string }; headers: { $ref: string } }>; schemas: object };
  };
  const ajv = addFormats.default(new Ajv({ strict: false, allErrors: true }));
  ajv.addSchema({ $id: 'contract', components: { schemas: document.components.schemas } });
  const faults = (reference: string, value: unknown): unknown[] =>
    ajv.validate(`contract${reference}`, value) ? [] : (ajv.errors ?? []);

  const organization = randomUUID();
  const heard: Heard[] = [];
  let system: System;
  let s3: SandboxS3;
  let connection: ChannelModel;
  let channel: Channel;

  beforeAll(async () => {
    [system, s3] = await Promise.all([startSystem(), startSandboxS3()]);
    connection = await amqp.connect(system.serviceAmqpUrl, { noDelay: true });
    channel = await connection.createChannel();
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, 'storage.events', '#');
    await channel.consume(queue, (message) => message && heard.push(read(message)), { noAck: true });
  }, 120_000);

  afterAll(async () => {
    await connection?.close();
    await system?.stop();
    await s3?.stop();
  }, 60_000);

  const envelope = (key: string, more: Partial<Options.Publish> = {}): Options.Publish => ({
    contentType: 'application/json',
    deliveryMode: 2,
    messageId: randomUUID(),
    type: key,
    timestamp: Math.floor(Date.now() / 1000),
    appId: 'stranger',
    userId: 'backup',
    headers: { schema: `${key}/1`, 'organization-id': organization },
    ...more,
  });
  const send = (exchange: string, key: string, body: unknown, more: Partial<Options.Publish> = {}): void => {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
    channel.publish(exchange, key, bytes, envelope(key, more));
  };
  const eventOf = (key: string, correlationId: string): Promise<Heard> =>
    eventually(async () => {
      const found = heard.find((each) => each.key === key && each.properties.correlationId === correlationId);
      if (found === undefined) throw new Error(`${key} was not heard`);
      return found;
    });
  /** Sends, and resolves with what is signed in the answer. */
  const ask = async (exchange: string, key: string, body: object, headers: Data = {}): Promise<Data> => {
    const asking = await connection.createChannel();
    const correlationId = randomUUID();
    const answer = new Promise<ConsumeMessage>((resolve, reject) => {
      setTimeout(() => reject(new Error(`no answer to ${key}`)), 30_000).unref();
      void asking.consume('amq.rabbitmq.reply-to', (message) => message && resolve(message), { noAck: true });
    });
    asking.publish(exchange, key, Buffer.from(JSON.stringify(body)), {
      ...envelope(key, { correlationId, replyTo: 'amq.rabbitmq.reply-to' }),
      headers: { schema: `${key}/1`, 'organization-id': organization, ...headers },
    });
    const message = await answer;
    await asking.close();
    expect(message.properties.correlationId).toBe(correlationId);
    const reply = read(message).data;
    expect(faults('#/components/schemas/SignedReply', reply)).toEqual([]);
    return verified(String(reply['signed']));
  };
  const verified = async (jws: string): Promise<Data> => {
    const keys = system.secrets.workerPublicKeys.keys;
    const { payload, protectedHeader } = await compactVerify(jws, ({ kid }) =>
      importJWK(
        keys.find((key) => key.kid === kid && key.use === 'sig')!,
        'EdDSA',
      ),
    );
    expect(protectedHeader.typ).toBe('storage-reply+jws');
    return JSON.parse(new TextDecoder().decode(payload)) as Data;
  };
  const sealed = async (secrets: object): Promise<string> => {
    const key = system.secrets.workerPublicKeys.keys.find(({ use }) => use === 'enc')!;
    return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(secrets)))
      .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', kid: key.kid })
      .encrypt(await importJWK(key, 'ECDH-ES'));
  };

  it('is enough to create a storage, be told of it, and be given it', async () => {
    const { access_key, secret_key } = s3.users.full;
    const created = await ask('storage.commands', 'storage.create', {
      organization_id: organization,
      idempotency_key: randomUUID(),
      name: 'Of a stranger',
      provider: 'minio',
      bucket: s3.bucket,
      endpoint_url: s3.endpoint,
      credentials: await sealed({ access_key, secret_key }),
    });
    expect(faults('#/components/schemas/OperationReply', created)).toEqual([]);
    expect(created).toMatchObject({ ok: true, aud: 'backup-service', operation: { status: 'succeeded' }, error: null });

    const question = { organization_id: organization, recipient: 'backup-service', purpose: 'write' };
    const deadline = { '!': 'int64', value: Date.now() + 10_000 };
    const given = await ask('storage.rpc', 'storage.default.get', question, { deadline });
    expect(faults('#/components/schemas/StorageReply', given)).toEqual([]);
    const { plaintext } = await compactDecrypt(String(given['credentials']), ({ kid }) =>
      importJWK(
        system.secrets.serviceKeys.find((key) => key.kid === kid)!,
        'ECDH-ES',
      ),
    );
    const credentials = JSON.parse(new TextDecoder().decode(plaintext)) as Data;
    expect(faults('#/components/schemas/Credentials', credentials)).toEqual([]);
    expect(credentials).toEqual({ access_key, secret_key });

    const { id } = given['storage'] as { id: string };
    const tested = await ask('storage.commands', 'storage.test', {
      organization_id: organization,
      storage_config_id: id,
    });
    expect(tested).toMatchObject({ ok: true, operation: { kind: 'storage.test', status: 'succeeded' } });
    const refreshing = { messageId: randomUUID() };
    const data = { organization_id: organization, storage_config_id: id };
    send('storage.commands', 'storage.usage.refresh', { pattern: 'storage.usage.refresh', data }, refreshing);
    await eventOf('storage.usage.refreshed', refreshing.messageId);
  }, 60_000);

  it.each<[string, Buffer | object, Data | undefined, string]>([
    ['a body that is no JSON', Buffer.from('{"secret_key": "'), undefined, 'request.malformed_json'],
    ['a command without its version', {}, { 'organization-id': organization }, 'request.validation'],
    [
      'a newer major version',
      {},
      { schema: 'storage.test/2', 'organization-id': organization },
      'request.unsupported_schema',
    ],
    ['a secret in clear', { secret_key: 'canary' }, undefined, 'credentials.not_sealed'],
    [
      'an event in the shape of CloudEvents',
      { specversion: '1.0', id: '1', data: {} },
      undefined,
      'request.validation',
    ],
  ])('is enough to be told why %s was refused', async (_what, body, headers, code) => {
    const messageId = randomUUID();
    const good = { organization_id: organization, storage_config_id: randomUUID() };
    const isCloudEvent = 'specversion' in body;
    const sent = Buffer.isBuffer(body) || isCloudEvent ? body : { ...good, ...body };
    send('storage.commands', 'storage.test', sent, { messageId, ...(headers && { headers }) });
    const { data } = await eventOf('storage.command.rejected', messageId);
    expect(data).toMatchObject({
      organization_id: isCloudEvent ? null : organization,
      command_id: messageId,
      key: 'storage.test',
      error: { code },
    });
  });

  it('describes every event that was heard, with its envelope', () => {
    expect(new Set(heard.map(({ key }) => key))).toEqual(
      new Set([
        'storage.created',
        'storage.default.changed',
        'storage.tested',
        'storage.health.changed',
        'storage.usage.refreshed',
        'storage.command.rejected',
      ]),
    );
    const wrong = heard.flatMap(({ key, properties, data }) => {
      const { payload, headers } = document.components.messages[key]!;
      return [...faults(payload.$ref, data), ...faults(headers.$ref, properties.headers)].map((fault) => [key, fault]);
    });
    expect(wrong).toEqual([]);
    for (const { key, properties } of heard) {
      expect(properties).toMatchObject({
        contentType: 'application/json',
        deliveryMode: 2,
        type: key,
        appId: 'storage-worker',
        userId: 'storage-worker',
        messageId: expect.stringMatching(/^[\da-f-]{36}$/) as string,
        timestamp: expect.any(Number) as number,
        headers: { schema: `${key}/1` },
      });
    }
  });
});

const read = ({ fields, properties, content }: ConsumeMessage): Heard => ({
  key: fields.routingKey,
  properties,
  data: JSON.parse(content.toString()) as Data,
});
