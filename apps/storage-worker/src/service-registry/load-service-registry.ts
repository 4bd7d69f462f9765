import { readFileSync } from 'node:fs';
import { EnvironmentError, SERVICE_RIGHTS, type ServiceRight } from '@stowage/contracts';
import { type JWK, seal } from '@stowage/encryption';
import { type RegisteredService, ServiceRegistry, type ServiceRegistryOptions } from './service-registry.js';

const KEYS = ['name', 'amqp_user', 'jwks', 'reply_queue', 'may'];

/** Reads SERVICES_FILE. @throws EnvironmentError that lists every bad entry */
export async function loadServiceRegistry(path: string, options: ServiceRegistryOptions): Promise<ServiceRegistry> {
  try {
    return new ServiceRegistry(await parseServices(readFileSync(path, 'utf8')), options);
  } catch (error) {
    throw new EnvironmentError([`SERVICES_FILE: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

/** @throws Error whose message says how to mend the file */
export async function parseServices(text: string): Promise<RegisteredService[]> {
  const entries = parseJson(text);
  if (!Array.isArray(entries)) throw new Error('must be a JSON list of services');
  const services = await Promise.all(entries.map(parseService));
  refuseTwice(
    'name',
    services.map(({ name }) => name),
  );
  refuseTwice(
    'amqp_user',
    services.map(({ amqpUser }) => amqpUser),
  );
  return services;
}

async function parseService(entry: unknown, index: number): Promise<RegisteredService> {
  const where = `entry ${index + 1}`;
  if (typeof entry !== 'object' || entry === null) throw new Error(`${where} must be an object`);
  const service = entry as Record<string, unknown>;
  const unknown = Object.keys(service).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw new Error(`${where} has the unknown member ${unknown}`);
  return {
    name: line(service['name'], `${where}: name`),
    amqpUser: line(service['amqp_user'], `${where}: amqp_user`),
    sealingKey: await sealingKey(service['jwks'], `${where}: jwks`),
    replyQueue: service['reply_queue'] == null ? null : line(service['reply_queue'], `${where}: reply_queue`),
    may: rights(service['may'], `${where}: may`),
  };
}

function line(value: unknown, where: string): string {
  if (typeof value !== 'string' || !/^[\x21-\x7e]{1,128}$/.test(value)) {
    throw new Error(`${where} must have 1 to 128 visible ASCII characters`);
  }
  return value;
}

/** The first key; that something can be sealed to it is tried now, not at the first backup. */
async function sealingKey(value: unknown, where: string): Promise<JWK> {
  const key = Array.isArray(value) ? (value[0] as JWK | undefined) : undefined;
  if (typeof key !== 'object' || key === null) throw new Error(`${where} must be a list of public keys`);
  if ('d' in key) throw new Error(`${where} holds a private key; register the public half and replace the key`);
  try {
    await seal({}, key);
  } catch {
    throw new Error(`${where} must begin with an EC P-256 public key that has "kid" and "use": "enc"`);
  }
  return key;
}

function rights(value: unknown, where: string): ReadonlySet<ServiceRight> {
  const given = Array.isArray(value) ? (value as unknown[]) : [undefined];
  const known = given.filter((right): right is ServiceRight => SERVICE_RIGHTS.includes(right as ServiceRight));
  if (known.length !== given.length) throw new Error(`${where} must be a list of ${SERVICE_RIGHTS.join(', ')}`);
  return new Set(known);
}

function refuseTwice(member: string, values: string[]): void {
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  if (twice !== undefined) throw new Error(`two entries have the ${member} ${twice}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('is not JSON');
  }
}
