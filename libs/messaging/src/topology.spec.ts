import { COMMANDS, GATEWAY_METHODS, QUEUES } from '@stowage/contracts';
import { BROKER_PERMISSIONS } from './broker-users.js';
import { matchesTopic } from './topic-pattern.js';
import { RETRY_LADDER, storageTopology } from './topology.js';

describe('storageTopology', () => {
  const topology = storageTopology();
  const queuesOf = (exchange: string, key: string): string[] =>
    topology.queues
      .filter(({ bindings }) => bindings.some((b) => b.exchange === exchange && matchesTopic(b.routingKey, key)))
      .map(({ name }) => name);

  it('brings every command and every gateway method to exactly one queue', () => {
    for (const command of COMMANDS) expect(queuesOf('storage.commands', command)).toEqual([QUEUES.commands]);
    for (const method of GATEWAY_METHODS) {
      const queue = method === 'storage.test' ? QUEUES.probe : QUEUES.gateway;
      expect(queuesOf('storage.gateway', method)).toEqual([queue]);
    }
  });

  it('binds only to exchanges that it declares', () => {
    const bound = topology.queues.flatMap(({ bindings }) => bindings.map(({ exchange }) => exchange));
    expect(bound.filter((exchange) => !topology.exchanges.includes(exchange))).toEqual([]);
  });

  it('keeps what waits for a worker, and lets go with the last one what someone waits for', () => {
    const kinds = Object.fromEntries(topology.queues.map(({ name, kind }) => [name, kind]));
    expect(kinds).toMatchObject({
      [QUEUES.commands]: 'quorum',
      [QUEUES.backupEvents]: 'quorum',
      [QUEUES.deadLetters]: 'quorum',
      [QUEUES.rpc]: 'transient',
      [QUEUES.gateway]: 'transient',
      [QUEUES.probe]: 'transient',
    });
  });

  it('waits 5 s, 30 s, 2 min, 10 min and 1 h', () => {
    expect(RETRY_LADDER.map(({ delayMs }) => delayMs / 1000)).toEqual([5, 30, 120, 600, 3600]);
  });
});

describe('BROKER_PERMISSIONS', () => {
  const names = [
    ...new Set(
      storageTopology()
        .queues.map(({ name }) => name)
        .concat(storageTopology().exchanges),
    ),
  ];
  const allowed = (expression: string): string[] => names.filter((name) => new RegExp(expression).test(name));

  it('let the worker declare all that there is', () => {
    expect(allowed(BROKER_PERMISSIONS['storage-worker'].configure)).toEqual(names);
  });

  it('let neither gateway nor services declare, or read a queue of the worker', () => {
    for (const role of ['gateway', 'service'] as const) {
      expect(allowed(BROKER_PERMISSIONS[role].configure)).toEqual([]);
      expect(allowed(BROKER_PERMISSIONS[role].read)).toEqual(['storage.events']);
    }
  });

  it('let each write only where it has something to say', () => {
    expect(allowed(BROKER_PERMISSIONS.gateway.write)).toEqual(['storage.gateway']);
    expect(allowed(BROKER_PERMISSIONS.service.write).toSorted()).toEqual([
      'backup.events',
      'storage.commands',
      'storage.rpc',
    ]);
    expect(allowed(BROKER_PERMISSIONS['storage-worker'].write)).not.toEqual(
      expect.arrayContaining(['storage.gateway']),
    );
  });
});
