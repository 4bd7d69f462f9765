import { randomUUID } from 'node:crypto';
import amqp, { type Options } from 'amqplib';
import { connectStowage } from '@stowage/client';
import { EXCHANGES, schemaOf, type StorageReply } from '@stowage/contracts';
import type { System } from '../system/index.js';

interface Question {
  exchange?: string;
  key?: string;
  body?: unknown;
  raw?: Buffer;
  properties?: Options.Publish;
}

const REPLY_MS = 4000;

function organizationOf(body: unknown): object {
  const { organization_id: id } = (body ?? {}) as { organization_id?: string };
  return id === undefined ? {} : { 'organization-id': id };
}

/** One question as a service; null when nothing came back, an error's text when the broker closed the channel. */
export async function ask(
  system: System,
  { exchange = EXCHANGES.rpc, key = 'storage.default.get', body, raw, properties }: Question,
): Promise<string | null> {
  const connection = await amqp.connect(system.serviceAmqpUrl);
  connection.on('error', () => undefined);
  try {
    const channel = await connection.createChannel();
    return await new Promise((resolve) => {
      const timer = setTimeout(() => resolve(null), REPLY_MS);
      const end = (answer: string): void => {
        clearTimeout(timer);
        resolve(answer);
      };
      channel.on('error', (error: Error) => end(`closed: ${error.message}`));
      channel.on('return', () => end('returned'));
      void channel
        .consume('amq.rabbitmq.reply-to', (message) => message && end(message.content.toString()), { noAck: true })
        .then(() =>
          channel.publish(exchange, key, raw ?? Buffer.from(JSON.stringify(body)), {
            userId: 'backup',
            appId: 'backup-service',
            correlationId: randomUUID(),
            replyTo: 'amq.rabbitmq.reply-to',
            mandatory: true,
            ...properties,
            headers: {
              schema: schemaOf(key),
              deadline: Date.now() + 3000,
              ...organizationOf(body),
              ...(properties?.headers as object | undefined),
            },
          }),
        );
    });
  } finally {
    await connection.close().catch(() => undefined);
  }
}

export function contentOf(reply: string | null): StorageReply | null {
  const signed = /"signed":"[\w-]+\.([\w-]+)\./.exec(reply ?? '');
  return signed ? (JSON.parse(Buffer.from(signed[1]!, 'base64url').toString()) as StorageReply) : null;
}

export const question = (organization: string): object => ({
  organization_id: organization,
  recipient: 'backup-service',
  purpose: 'write',
});

export async function withClient<T>(
  system: System,
  work: (client: ReturnType<typeof connectStowage>) => Promise<T>,
): Promise<T> {
  const client = connectStowage({
    amqpUrl: system.serviceAmqpUrl,
    service: 'backup-service',
    privateKeys: system.secrets.serviceKeys,
    workerKeys: system.secrets.workerPublicKeys.keys,
  });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}
