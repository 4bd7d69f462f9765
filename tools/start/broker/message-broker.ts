import { definitions } from '@stowage/messaging';
import type { DataDirectory } from '../data-directory.js';

export const BROKER_USERS = [
  { name: 'gateway', role: 'gateway' },
  { name: 'storage-worker', role: 'storage-worker' },
  { name: 'backup', role: 'service' },
] as const;
export type BrokerUserName = (typeof BROKER_USERS)[number]['name'];

/** Where messages go between the applications. */
export type MessageBroker =
  | {
      kind: 'rabbitmq';
      /** How it was found, for people. */
      description: string;
      urlOf(user: BrokerUserName): string;
      /** The broker user of the registered service `backup-service`. */
      serviceUser: string;
      stop(): Promise<void>;
    }
  /** Both applications in one process; other services cannot connect. */
  | { kind: 'in-process'; reasons: string[] };

/** Users with least privilege, exchanges, queues and policies of a broker of our own. */
export const ourDefinitions = (data: DataDirectory) =>
  definitions({
    users: BROKER_USERS.map(({ name, role }) => ({ name, role, password: data.password(`broker-${name}`) })),
  });

/** A broker that knows the users of `ourDefinitions`. */
export const ourBroker = (
  data: DataDirectory,
  description: string,
  server: { host: string; port: number; stop(): Promise<void> },
): MessageBroker => ({
  kind: 'rabbitmq',
  description: `${description} on port ${server.port}`,
  urlOf: (user) => `amqp://${user}:${data.password(`broker-${user}`)}@${server.host}:${server.port}`,
  serviceUser: 'backup',
  stop: () => server.stop(),
});
