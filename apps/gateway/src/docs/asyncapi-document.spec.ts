import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import {
  BACKUP_EVENTS,
  COMMANDS,
  CreateStorageCommand,
  EVENTS,
  EXCHANGES,
  GATEWAY_METHODS,
  QUEUES,
  RPC_METHODS,
  StorageCommand,
} from '@stowage/contracts';
import { Ajv, type ErrorObject } from 'ajv';
import addFormats from 'ajv-formats';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { parse } from 'yaml';
import { asyncApiYaml, createAsyncApiDocument } from './asyncapi-document.js';

type Schema = Record<string, unknown>;
interface Message {
  payload: { $ref: string };
  headers?: { $ref: string };
  examples: { payload: unknown; headers?: unknown }[];
  'x-signed'?: { payload: { $ref: string }; example: unknown };
}

const OFFICIAL_SCHEMA = createRequire(import.meta.url).resolve('@asyncapi/specs/schemas/3.0.0.json');

describe('the AsyncAPI document', () => {
  const yaml = asyncApiYaml();
  const document = parse(yaml) as ReturnType<typeof createAsyncApiDocument>;
  const messages = document.components.messages as unknown as Record<string, Message>;

  it('keeps to AsyncAPI 3.0, by its official schema', () => {
    const ajv = new Ajv({ strict: false, meta: false, validateSchema: false, validateFormats: false });
    const isValid = ajv.compile(JSON.parse(readFileSync(OFFICIAL_SCHEMA, 'utf8')) as Schema);
    isValid(document);
    expect(placesOf(isValid.errors)).toEqual([]);
  });

  it('has every command, request, report and event, and nothing of the gateway alone', () => {
    const addresses = Object.values(document.channels as Record<string, { address: string | null }>).map(
      ({ address }) => address,
    );
    expect(addresses.filter((address) => address !== null).sort()).toEqual(
      [...COMMANDS, ...RPC_METHODS, ...BACKUP_EVENTS, ...EVENTS].sort(),
    );
    expect(yaml).not.toContain(QUEUES.gateway);
    for (const method of GATEWAY_METHODS.filter((name) => !(COMMANDS as readonly string[]).includes(name))) {
      expect(addresses).not.toContain(method);
    }
  });

  it('says by which exchange each goes, and which queue keeps what waits for the worker', () => {
    expect((document.channels as Record<string, object>)['commands.storage.test']).toMatchObject({
      address: 'storage.test',
      bindings: { amqp: { is: 'routingKey', exchange: { name: EXCHANGES.commands, type: 'topic', durable: true } } },
      'x-queues': [{ name: QUEUES.commands, durable: true, arguments: { 'x-queue-type': 'quorum' } }],
    });
  });

  it('leads every reference somewhere', () => {
    const references = [...yaml.matchAll(/\$ref: "?(#[^\s"]+)/g)].map(([, reference]) => reference!);
    expect(references.length).toBeGreaterThan(100);
    expect(references.filter((reference) => resolve(document, reference) === undefined)).toEqual([]);
  });

  it('gives examples that its own schemas take', () => {
    const ajv = addFormats.default(new Ajv({ strict: false, allErrors: true }));
    ajv.addSchema({ $id: 'contract', components: { schemas: document.components.schemas } });
    const wrong = Object.entries(messages).flatMap(([name, message]) => {
      const { payload, headers, examples, 'x-signed': signed } = message;
      const checks: [{ $ref: string } | undefined, unknown][] = [
        [payload, examples[0]?.payload],
        [headers, examples[0]?.headers],
        [signed?.payload, signed?.example],
      ];
      return checks.flatMap(([schema, value]) => {
        if (schema === undefined || ajv.validate(`contract${schema.$ref}`, value)) return [];
        return placesOf(ajv.errors).map((place) => `${name}: ${place}`);
      });
    });
    expect(wrong).toEqual([]);
  });

  it('gives examples of commands that the worker takes', () => {
    const data = (name: string): object => messages[name]!.examples[0]!.payload as object;
    for (const [name, type] of [
      ['storage.test', StorageCommand],
      ['storage.create', CreateStorageCommand],
    ] as const) {
      expect(validateSync(plainToInstance<object, object>(type, data(name)))).toEqual([]);
    }
  });

  it('is closed to no field that a later minor version may add', () => {
    expect(yaml).not.toContain('additionalProperties: false');
  });
});

function resolve(document: object, reference: string): unknown {
  return reference
    .slice(2)
    .split('/')
    .reduce<unknown>((place, key) => (place as Record<string, unknown> | undefined)?.[key], document);
}

const placesOf = (errors: ErrorObject[] | null | undefined): string[] =>
  (errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
