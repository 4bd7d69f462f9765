import type { BrokerStatus, ConnectionStatus } from '@stowage/messaging';
import { InProcessBroker } from '@stowage/messaging';
import type { DataSource } from 'typeorm';
import type { WatchedKeys } from '../keys/watched-keys.js';
import { Readiness } from './readiness.js';

describe('readiness', () => {
  const never = new Promise<unknown>(() => undefined);

  it('is there when the database answers, every consumer is registered and nothing is in the way', async () => {
    expect(await readiness().report()).toEqual({
      status: 'ready',
      database: 'up',
      consuming: true,
      blocked: false,
      keys: { active: 'key-1', problem: null },
      draining: false,
    });
  });

  it('goes with a consumer', async () => {
    expect(await readiness({ consuming: false }).report()).toMatchObject({ status: 'unready', consuming: false });
  });

  it('goes with a database that refuses', async () => {
    const answer = Promise.reject(new Error('refused'));
    expect(await readiness({ answer }).report()).toMatchObject({ status: 'unready', database: 'down' });
  });

  it('goes with a database that hangs, and does not hang with it', async () => {
    expect(await readiness({ answer: never }).report()).toMatchObject({ status: 'unready', database: 'down' });
  });

  it('goes when the broker has blocked a connection for more than 10 s, not before', async () => {
    const blockedFor = (ms: number) =>
      readiness({ connection: { role: 'publish', state: 'blocked', since: Date.now() - ms, reconnects: 0 } });
    expect(await blockedFor(9_000).report()).toMatchObject({ status: 'ready', blocked: false });
    expect(await blockedFor(10_001).report()).toMatchObject({ status: 'unready', blocked: true });
  });

  it('goes before the process does', async () => {
    const ending = readiness();
    ending.beforeApplicationShutdown();
    expect(await ending.report()).toMatchObject({ status: 'unready', draining: true });
  });
});

function readiness({
  answer = Promise.resolve([{}]) as Promise<unknown>,
  consuming = true,
  connection,
}: { answer?: Promise<unknown>; consuming?: boolean; connection?: ConnectionStatus } = {}): Readiness {
  const broker = new InProcessBroker();
  const status: BrokerStatus = { ...broker.status, connections: connection ? [connection] : [] };
  Object.defineProperty(broker, 'status', { value: status });
  const keys = { activeKid: () => 'key-1', problem: null } as unknown as WatchedKeys;
  const made = new Readiness({ query: () => answer } as unknown as DataSource, broker, keys);
  made.watch({ consuming });
  return made;
}
