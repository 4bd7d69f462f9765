import {
  BACKUP_EVENT_CLASSES,
  type CommandName,
  CommandHeaders,
  CreateStorageCommand,
  Credentials,
  EVENT_CLASSES,
  EventHeaders,
  EXCHANGES,
  GetDefaultStorage,
  GetStorageConfig,
  MessageHeaders,
  MessageProperties,
  OperationReply,
  ReportHeaders,
  RequestHeaders,
  type RpcMethod,
  schemaOf as versionOf,
  SignedReply,
  StorageCommand,
  StorageReply,
} from '@stowage/contracts';
import { storageTopology } from '@stowage/messaging';
import { stringify } from 'yaml';
import { componentSchemas, type ContractClass, exampleOf, type JsonSchema } from './component-schemas.js';
import { CREATE_EXAMPLE, OPERATION_EXAMPLE, STORAGE_EXAMPLE } from './message-examples.js';

const DESCRIPTION = `What platform services say to Stowage over RabbitMQ (AMQP 0-9-1), and what they hear of it.

The body is UTF-8 JSON, the data alone; all else stands in AMQP properties (\`x-amqp-properties\`) and headers. Within a
major version fields are only added, so ignore what you do not know. Exchanges are durable topics that the worker declares;
services declare none. NestJS's own shape \`{pattern, data[, id]}\` is understood too, and then answered in it.

A secret travels only as JWE, sealed to the key of the service that must read it: to the worker with the first \`enc\` key of
\`GET /api/v1/backups/storage-keys\`, to a service with the key that the registry has for it. Replies are signed (JWS);
believe nothing outside the signature.

The exchange \`storage.gateway\` is between gateway and worker alone, and is not part of this contract.`;

const COMMANDS: Record<CommandName, { summary: string; data: ContractClass; example?: object }> = {
  'storage.test': { summary: 'Test a storage, store its health, emit storage.tested', data: StorageCommand },
  'storage.usage.refresh': {
    summary: 'Measure a storage, recompute its usage, emit storage.usage.refreshed',
    data: StorageCommand,
  },
  'storage.create': {
    summary: 'Create a storage exactly once, emit storage.created or storage.create.failed',
    data: CreateStorageCommand,
    example: CREATE_EXAMPLE,
  },
};

const REQUESTS: Record<RpcMethod, { summary: string; data: ContractClass }> = {
  'storage.default.get': { summary: 'Ask for the storage to write a backup to', data: GetDefaultStorage },
  'storage.config.get': {
    summary: 'Ask for the storage that holds a backup, or that a policy names',
    data: GetStorageConfig,
  },
};

/** Which AMQP properties a kind of message must have beside those that all must. */
const REQUIRED_PROPERTIES = {
  command: ['delivery_mode', 'message_id', 'type', 'timestamp'],
  request: ['type', 'correlation_id', 'reply_to'],
  event: ['delivery_mode', 'message_id', 'type', 'timestamp'],
};

/** The message contract as AsyncAPI 3.0, made of the classes that messages are checked by and of the declared topology. */
export function createAsyncApiDocument() {
  const messages = {
    ...mapped(COMMANDS, (key, { data, example }) => message(key, data, CommandHeaders, 'command', example)),
    ...mapped(REQUESTS, (key, { data }) => message(key, data, RequestHeaders, 'request')),
    ...mapped(BACKUP_EVENT_CLASSES, (key, data) => message(key, data, ReportHeaders, 'event')),
    ...mapped(EVENT_CLASSES, (key, data) => message(key, data, EventHeaders, 'event')),
    'storage.reply': reply('StorageReply', 'The answer to a request, signed', STORAGE_EXAMPLE),
    'operation.reply': reply('OperationReply', 'The outcome of a command, signed', OPERATION_EXAMPLE),
  };
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Stowage',
      version: '1',
      description: DESCRIPTION,
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      broker: {
        host: 'broker.example.com:5672',
        protocol: 'amqp',
        protocolVersion: '0.9.1',
        description: 'RabbitMQ. Each service has a user of its own, as in docs/definitions.json.',
        security: [{ $ref: '#/components/securitySchemes/brokerUser' }],
      },
    },
    channels: {
      ...mapped(COMMANDS, (key) => channel(EXCHANGES.commands, key), 'commands'),
      ...mapped(REQUESTS, (key) => channel(EXCHANGES.rpc, key), 'requests'),
      ...mapped(BACKUP_EVENT_CLASSES, (key) => channel(EXCHANGES.backupEvents, key), 'reports'),
      ...mapped(EVENT_CLASSES, (key) => channel(EXCHANGES.events, key), 'events'),
      replies: {
        address: null,
        title: 'Where the asker listens',
        messages: { 'storage.reply': messageRef('storage.reply'), 'operation.reply': messageRef('operation.reply') },
        bindings: { amqp: { is: 'queue', queue: { exclusive: true, autoDelete: true } } },
      },
    },
    operations: {
      ...mapped(COMMANDS, (key, { summary }) => receives('commands', key, summary, 'operation.reply'), 'commands'),
      ...mapped(REQUESTS, (key, { summary }) => receives('requests', key, summary, 'storage.reply'), 'requests'),
      ...mapped(BACKUP_EVENT_CLASSES, (key) => receives('reports', key, `Hear of ${key}`), 'reports'),
      ...mapped(EVENT_CLASSES, (key) => sends('events', key, `Tell of ${key}`), 'events'),
    },
    components: {
      messages,
      schemas: schemas(),
      securitySchemes: { brokerUser: { type: 'userPassword', description: 'The broker user of the service.' } },
    },
  };
}

/** As it is served and checked in. */
export const asyncApiYaml = (): string =>
  `# Generated from libs/contracts by \`npm run docs:contract\`; a unit test fails when it is stale.\n${stringify(
    createAsyncApiDocument(),
    { aliasDuplicateObjects: false, blockQuote: 'literal', lineWidth: 0 },
  )}`;

/** Receivers ignore what a later minor version adds, so nothing is closed to more fields. */
function schemas(): Record<string, JsonSchema> {
  const classes: ContractClass[] = [
    ...Object.values(COMMANDS).map(({ data }) => data),
    ...Object.values(REQUESTS).map(({ data }) => data),
    ...Object.values(BACKUP_EVENT_CLASSES),
    ...Object.values(EVENT_CLASSES),
    MessageHeaders,
    CommandHeaders,
    RequestHeaders,
    ReportHeaders,
    EventHeaders,
    MessageProperties,
    SignedReply,
    StorageReply,
    OperationReply,
    Credentials,
  ];
  const open = Object.entries(componentSchemas(classes)).map(([name, schema]) => {
    const { additionalProperties: _closed, ...rest } = schema;
    return [name, rest] as const;
  });
  return Object.fromEntries(open.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const schemaRef = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const messageRef = (name: string) => ({ $ref: `#/components/messages/${name}` });

function message(
  key: string,
  data: ContractClass,
  headers: ContractClass,
  kind: keyof typeof REQUIRED_PROPERTIES,
  payload: object = exampleOf(data),
) {
  return {
    name: key,
    contentType: 'application/json',
    headers: schemaRef(headers.name),
    payload: schemaRef(data.name),
    correlationId: { description: 'The AMQP property correlation_id.', location: '$message.header#/correlationId' },
    bindings: { amqp: { contentEncoding: 'utf-8', messageType: key } },
    examples: [{ headers: { ...exampleOf(headers), schema: versionOf(key) }, payload }],
    'x-amqp-properties': { allOf: [schemaRef('MessageProperties'), { required: REQUIRED_PROPERTIES[kind] }] },
  };
}

/** What is signed is told beside: to the broker it is a string. */
function reply(signed: string, summary: string, example: object) {
  return {
    name: signed,
    summary,
    contentType: 'application/json',
    payload: schemaRef('SignedReply'),
    correlationId: { description: 'That of what is answered.', location: '$message.header#/correlationId' },
    bindings: { amqp: { contentEncoding: 'utf-8' } },
    examples: [{ payload: exampleOf(SignedReply) }],
    'x-signed': {
      header: { alg: 'EdDSA', typ: 'storage-reply+jws', kid: 'of a `sig` key of GET /api/v1/backups/storage-keys' },
      payload: schemaRef(signed),
      example,
      ...(signed === 'StorageReply' && {
        credentials: { header: { alg: 'ECDH-ES', enc: 'A256GCM' }, plaintext: schemaRef('Credentials') },
      }),
    },
  };
}

function channel(exchange: string, key: string) {
  const queues = storageTopology().queues.filter(({ bindings }) =>
    bindings.some((binding) => binding.exchange === exchange && binding.routingKey === key),
  );
  return {
    address: key,
    messages: { [key]: messageRef(key) },
    bindings: {
      amqp: { is: 'routingKey', exchange: { name: exchange, type: 'topic', durable: true, autoDelete: false } },
    },
    ...(queues.length > 0 && {
      'x-queues': queues.map(({ name, kind, arguments: args }) => ({
        name,
        durable: true,
        autoDelete: kind === 'transient',
        arguments: args,
      })),
    }),
  };
}

function receives(group: string, key: string, summary: string, answer?: string) {
  const isRequest = group === 'requests';
  return {
    action: 'receive',
    channel: { $ref: `#/channels/${group}.${key}` },
    summary,
    messages: [{ $ref: `#/channels/${group}.${key}/messages/${key}` }],
    bindings: { amqp: { deliveryMode: isRequest ? 1 : 2, mandatory: true } },
    ...(answer !== undefined && {
      reply: {
        address: {
          description: `The AMQP property reply_to${isRequest ? '' : '; without it nothing is replied'}.`,
          location: '$message.header#/replyTo',
        },
        channel: { $ref: '#/channels/replies' },
        messages: [{ $ref: `#/channels/replies/messages/${answer}` }],
      },
    }),
  };
}

function sends(group: string, key: string, summary: string) {
  return {
    action: 'send',
    channel: { $ref: `#/channels/${group}.${key}` },
    summary,
    messages: [{ $ref: `#/channels/${group}.${key}/messages/${key}` }],
    bindings: { amqp: { deliveryMode: 2, mandatory: false } },
  };
}

function mapped<K extends string, V, R>(
  record: Record<K, V>,
  map: (key: K, value: V) => R,
  group?: string,
): Record<string, R> {
  const entries = Object.entries(record) as [K, V][];
  return Object.fromEntries(entries.map(([key, value]) => [group ? `${group}.${key}` : key, map(key, value)]));
}
