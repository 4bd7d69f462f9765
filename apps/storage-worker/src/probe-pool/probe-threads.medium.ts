import { setTimeout } from 'node:timers/promises';
import type { Check, StorageLocation } from '@stowage/contracts';
import { Secret } from '@stowage/encryption';
import { InProcessBroker } from '@stowage/messaging';
import { Metrics } from '../metrics/metrics.js';
import { ProbeMetrics } from './probe-metrics.js';
import { ProbeThreads } from './probe-threads.js';

const POLICY = { allow: [], deny: ['10.0.0.0/8'], allowLoopback: false };
const never = new AbortController().signal;

describe('the pool of probe threads', () => {
  const pools: ProbeThreads[] = [];
  const metrics = new Metrics(new InProcessBroker());
  const counted = new ProbeMetrics(metrics);
  const pool = (PROBE_SLOTS = 1): ProbeThreads => {
    const file = new URL('../testing/hostile-thread.mjs', import.meta.url);
    const made = new ProbeThreads(
      { PROBE_SLOTS, TEST_DEADLINE_MS: 100, EGRESS_PUBLIC_IPS: [], NEAREST_REGIONS: {} },
      POLICY,
      counted,
      file,
    );
    pools.push(made);
    return made;
  };
  afterEach(() => Promise.all(pools.splice(0).map((each) => each.onApplicationShutdown())));

  const target = (name: string) => ({
    location: { name, provider: 'sftp', endpoint_url: null, host: 'host', port: 22 } as StorageLocation,
    organizationId: null,
  });
  const test = (name: string) =>
    ({ ...target(name), credentials: new Secret({ access_key: 'user' }), depth: 'quick' }) as const;

  const objects = (name: string) => ({
    ...target(name),
    credentials: new Secret({ access_key: 'user' }),
    keys: ['a'],
  });

  it('gives a thread the egress policy and nothing of the environment', async () => {
    process.env['AWS_PROFILE'] = 'somebody';
    const result = await pool().probe(test('answers'), { signal: never });
    expect(result).toMatchObject({ success: true, policy: POLICY });
    const environment = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
    expect(result).toHaveProperty('environment', environment);
  });

  it('counts tests by provider and by what they came to', async () => {
    await pool().probe(test('answers'), { signal: never });
    await pool().probe(test('loops'), { signal: never });
    const text = await metrics.registry.metrics();
    expect(text).toMatch(/storage_tests_total{provider="sftp",code="ok"} [1-9]/);
    expect(text).toMatch(/storage_tests_total{provider="sftp",code="network.no_response"} [1-9]/);
  });

  it('tells of each check before the result is there', async () => {
    const threads = pool();
    // A thread that runs already answers so fast that its result overtakes what it told.
    for (let round = 0; round < 20; round += 1) {
      const checks: Check[] = [];
      await threads.probe(test('answers'), { signal: never, onCheck: (check) => checks.push(check) });
      expect(checks.map(({ name }) => name)).toEqual(['connect']);
    }
  });

  it('kills a thread that loops, answers with what is known, and goes on with a new one', async () => {
    const threads = pool();
    expect(await threads.probe(test('loops'), { signal: never })).toMatchObject({
      success: false,
      code: 'network.no_response',
      checks: [{ name: 'connect' }],
    });
    expect(await threads.probe(test('answers'), { signal: never })).toMatchObject({ success: true });
  });

  it('loses only the thread to a server that makes it eat memory', async () => {
    expect(await pool().probe(test('eats'), { signal: never })).toMatchObject({ success: false });
  });

  it('outlives a thread that dies when its task is done', async () => {
    const threads = pool();
    await threads.probe(test('throws afterwards'), { signal: never });
    await setTimeout(200);
    expect(await threads.probe(test('answers'), { signal: never })).toMatchObject({ success: true });
  });

  it('tells a thread that its asker has gone', async () => {
    const gone = new AbortController();
    const probing = pool().probe(test('waits'), { signal: gone.signal, onCheck: () => gone.abort() });
    expect(await probing).toMatchObject({ success: true });
  });

  it('counts in threads of their own, and tells how far it is', async () => {
    const threads = pool();
    const held = new AbortController();
    const testing = threads.probe(test('waits'), { signal: held.signal });
    const request = { ...target('counts'), credentials: new Secret({ access_key: 'user' }) };
    const told: object[] = [];
    await threads.usage(request, { signal: never, onProgress: (progress) => told.push(progress) });
    expect(told).toEqual([{ objects: 1, bytes: 2 }]);
    held.abort();
    await testing;
  });

  it('kills a thread that counts without end when its operation is cancelled', async () => {
    const cancelled = new AbortController();
    const request = { ...target('loops'), credentials: new Secret({ access_key: 'user' }) };
    const counting = pool().usage(request, { signal: cancelled.signal, onProgress: () => undefined });
    void setTimeout(200).then(() => cancelled.abort());
    await expect(counting).rejects.toMatchObject({ code: 'operation.cancelled' });
  });

  it('kills a thread that hangs in a removal when it is cancelled, and keeps no test waiting for it', async () => {
    const threads = pool();
    const cancelled = new AbortController();
    const removing = threads.remove(objects('loops'), { signal: cancelled.signal, onProgress: () => undefined });
    expect(await threads.probe(test('answers'), { signal: never })).toMatchObject({ success: true });
    cancelled.abort();
    await expect(removing).rejects.toMatchObject({ code: 'operation.cancelled' });
  });

  it('kills a thread that loops over the size of objects', async () => {
    const sizing = pool().sizeOf(objects('loops'), { signal: never });
    await expect(sizing).rejects.toMatchObject({ code: 'network.no_response' });
  });

  it('passes failures on with their code', async () => {
    await expect(pool().hostKey(target('fails'), { signal: never })).rejects.toMatchObject({ code: 'ssh.not_ssh' });
  });

  it('refuses what it cannot begin for a long time', async () => {
    const threads = pool();
    const gone = new AbortController();
    const waiting = Array.from({ length: 5 }, () => threads.probe(test('waits'), { signal: gone.signal }));
    await expect(threads.probe(test('answers'), { signal: never })).rejects.toMatchObject({
      code: 'request.unavailable',
    });
    gone.abort();
    await Promise.allSettled(waiting);
  });
});
