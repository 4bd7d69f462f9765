import type { Check, StorageLocation } from '@stowage/contracts';
import { Secret } from '@stowage/encryption';
import { ProbeThreads } from './probe-threads.js';

const POLICY = { allow: [], deny: ['10.0.0.0/8'], allowLoopback: false };
const never = new AbortController().signal;

describe('the pool of probe threads', () => {
  const pools: ProbeThreads[] = [];
  const pool = (PROBE_SLOTS = 1): ProbeThreads => {
    const file = new URL('../testing/hostile-thread.mjs', import.meta.url);
    const made = new ProbeThreads({ PROBE_SLOTS, TEST_DEADLINE_MS: 100, EGRESS_PUBLIC_IPS: [] }, POLICY, file);
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

  it('gives a thread the egress policy and nothing of the environment', async () => {
    process.env['AWS_PROFILE'] = 'somebody';
    const result = await pool().probe(test('answers'), { signal: never });
    expect(result).toMatchObject({ success: true, environment: {}, policy: POLICY });
    expect(result).not.toHaveProperty('environment.AWS_PROFILE');
  });

  it('tells of each check before the result is there', async () => {
    const checks: Check[] = [];
    await pool().probe(test('answers'), { signal: never, onCheck: (check) => checks.push(check) });
    expect(checks.map(({ name }) => name)).toEqual(['connect']);
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

  it('tells a thread that its asker has gone', async () => {
    const gone = new AbortController();
    const probing = pool().probe(test('waits'), { signal: gone.signal, onCheck: () => gone.abort() });
    expect(await probing).toMatchObject({ success: true });
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
