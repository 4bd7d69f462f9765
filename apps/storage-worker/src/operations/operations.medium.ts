import { randomUUID } from 'node:crypto';
import { StowageError } from '@stowage/contracts';
import { migrate, type StorageOperationEntity } from '@stowage/entities';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { eventually } from '../testing/eventually.js';
import { type OperationsWorker, operationsWorker } from '../testing/operations-worker.js';
import type { NewOperation } from './new-operation.js';
import { LeaseLost, type Run } from './operation-queue.js';
import type { OperationHandler } from './operation-handler.js';

const done: OperationHandler['run'] = async () => ({ result: {} });

const aTest = (fields: Partial<NewOperation> = {}): NewOperation => ({
  kind: 'storage.test',
  organizationId: randomUUID(),
  storageConfigId: randomUUID(),
  callerId: 'backup',
  messageId: randomUUID(),
  ...fields,
});

/** A run that ends when the test says so. */
function heldRun(): { run: OperationHandler['run']; started: string[]; release: () => void } {
  const started: string[] = [];
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const run: OperationHandler['run'] = async ({ id }) => {
    started.push(id);
    await held;
    return { result: {} };
  };
  return { run, started, release };
}

describeOnDatabase('the queue of operations', (database) => {
  const workers: OperationsWorker[] = [];
  const worker = async (...[run, options]: WorkerArguments): Promise<OperationsWorker> => {
    const made = await operationsWorker(database.url, run, options);
    workers.push(made);
    return made;
  };
  type WorkerArguments = [
    run: Parameters<typeof operationsWorker>[1],
    options?: Parameters<typeof operationsWorker>[2],
  ];

  const ended = async ({ operations }: OperationsWorker, id: string): Promise<StorageOperationEntity> =>
    eventually(async () => {
      const operation = await operations.get(id);
      return operation.finishedAt !== null && operation;
    });

  it('is measured: how long work waits and for whom, what runs, what it came to in how many attempts', async () => {
    const { run, started, release } = heldRun();
    const failing: OperationHandler['run'] = async () => {
      throw new StowageError('request.not_found', 'Gone');
    };
    const one = await worker({ 'storage.test': run, 'storage.create': failing });
    const [test, create] = [aTest(), aTest({ kind: 'storage.create', storageConfigId: null })];
    await one.operations.enqueue(test);
    await one.operations.enqueue(create);
    await one.operations.enqueue(aTest({ deadline: new Date(0) }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const waiting = await one.scrape();
    expect(waiting).toMatch(/storage_command_queue_age_seconds{type="storage.create"} 0\.\d+/);
    expect(waiting).toContain('storage_command_queue_age_seconds{type="backup.delete"} 0');
    expect(waiting).toContain('storage_lane_count{lane="probe"} 3');
    expect(waiting).toContain('storage_lane_count{lane="long"} 0');
    await one.start();
    await eventually(async () => started.length === 1);
    expect(await one.scrape()).toMatch(/storage_lane_running{lane="probe"} [12]/);
    release();
    await Promise.all([ended(one, test.messageId), ended(one, create.messageId)]);
    const settled = await eventually(async () => {
      const text = await one.scrape();
      return text.includes('outcome="succeeded"') && text.includes('outcome="failed"') && text;
    });
    for (const line of [
      'storage_commands_total{type="storage.test",outcome="succeeded"} 1',
      'storage_commands_total{type="storage.create",outcome="failed"} 1',
      'storage_commands_total{type="storage.test",outcome="expired"} 1',
      'storage_command_duration_seconds_count{type="storage.test"} 1',
      'storage_command_start_delay_seconds_count{type="storage.test"} 1',
      'storage_command_attempts_bucket{le="1",type="storage.test"} 1',
    ]) {
      expect(settled).toContain(line);
    }
    expect(settled).not.toContain(test.organizationId);
  });

  it('carries the trace of a wish to its run, both halves', async () => {
    const trace = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'vendor=a' };
    const seen: unknown[] = [];
    const one = await worker({
      'storage.test': async (operation) => {
        seen.push(operation.trace);
        return { result: {} };
      },
    });
    const wish = aTest({ trace });
    await one.operations.enqueue(wish);
    await one.start();
    await ended(one, wish.messageId);
    expect(seen).toEqual([trace]);
  });

  beforeAll(() => migrate(database.url), 30_000);

  afterEach(async () => {
    const [last] = workers;
    await last?.dataSource.query('UPDATE storage_operations SET status = $1, finished_at = now() WHERE status = $2', [
      'cancelled',
      'queued',
    ]);
    await Promise.all(workers.map((each) => each.stop()));
    workers.length = 0;
  }, 30_000);

  it('does what is asked for once, and stores the result', async () => {
    const one = await worker({ 'storage.test': async () => ({ result: { success: true } }) });
    await one.start();
    const { id } = await one.operations.enqueue(aTest());
    expect(await ended(one, id)).toMatchObject({ status: 'succeeded', result: { success: true }, attempt: 1 });
  });

  it('does the same message of a caller once, however often and concurrently it comes', async () => {
    const runs: string[] = [];
    const one = await worker({
      'storage.usage.refresh': async ({ id }) => {
        runs.push(id);
        return { result: {} };
      },
    });
    const two = await worker({ 'storage.usage.refresh': done });
    const command = aTest({ kind: 'storage.usage.refresh' });
    const ingested = await Promise.all(
      [one, two, one, two, one].map(({ operations }) => operations.enqueue({ ...command })),
    );
    expect(new Set(ingested.map(({ id }) => id))).toEqual(new Set([command.messageId]));
    expect(ingested.filter(({ status }) => status === 'queued')).toHaveLength(1);
    await one.start();
    await ended(one, command.messageId);
    expect((await one.operations.enqueue({ ...command })).status).toBe('duplicate');
    expect(runs).toEqual([command.messageId]);
  });

  it('takes the same message id of two callers as two commands', async () => {
    const one = await worker({ 'storage.test': done });
    const messageId = randomUUID();
    const ingested = await Promise.all([
      one.operations.enqueue(aTest({ messageId, callerId: 'backup' })),
      one.operations.enqueue(aTest({ messageId, callerId: 'restore' })),
    ]);
    expect(ingested.map(({ status }) => status)).toEqual(['queued', 'queued']);
    expect(new Set(ingested.map(({ id }) => id)).size).toBe(2);
  });

  it('coalesces tests of a config while one waits, but not with one that runs', async () => {
    const held = heldRun();
    const one = await worker({ 'storage.test': held.run });
    const subject = { organizationId: randomUUID(), storageConfigId: randomUUID() };
    const first = await one.operations.enqueue(aTest(subject));
    const second = await one.operations.enqueue(aTest(subject));
    expect([first.status, second.status]).toEqual(['queued', 'superseded']);
    expect(await one.operations.get(second.id)).toMatchObject({ status: 'superseded', supersededBy: first.id });

    await one.start();
    await eventually(async () => held.started.length === 1);
    const third = await one.operations.enqueue(aTest(subject));
    expect(third.status).toBe('queued');
    held.release();
    await ended(one, third.id);
    expect(held.started).toEqual([first.id, third.id]);
  });

  it('does not coalesce what another organization asks about the same config', async () => {
    const one = await worker({ 'storage.test': done });
    const storageConfigId = randomUUID();
    await one.operations.enqueue(aTest({ storageConfigId }));
    expect((await one.operations.enqueue(aTest({ storageConfigId }))).status).toBe('queued');
  });

  it('runs one test of a config at a time', async () => {
    const held = heldRun();
    const one = await worker({ 'storage.test': held.run }, { probeSlots: 32 });
    const two = await worker({ 'storage.test': held.run }, { probeSlots: 32 });
    await Promise.all([one.start(), two.start()]);
    const subject = { organizationId: randomUUID(), storageConfigId: randomUUID() };
    const first = await one.operations.enqueue(aTest(subject));
    await eventually(async () => held.started.length === 1);
    const second = await one.operations.enqueue(aTest(subject));
    await one.operations.enqueue(aTest({ ...subject, storageConfigId: randomUUID() }));
    await eventually(async () => held.started.length === 2);
    expect(held.started).not.toContain(second.id);
    held.release();
    await ended(one, second.id);
    expect(held.started[0]).toBe(first.id);
  });

  it('starts another organization at the next free slot, however long the queue of a flooding one is', async () => {
    const order: string[] = [];
    const one = await worker({
      'storage.test': async ({ organizationId }) => {
        order.push(organizationId!);
        return { result: {} };
      },
    });
    const flooding = randomUUID();
    const quiet = [randomUUID(), randomUUID(), randomUUID()];
    await Promise.all(Array.from({ length: 2000 }, () => one.operations.enqueue(aTest({ organizationId: flooding }))));
    const theirs = await Promise.all(quiet.map((organizationId) => one.operations.enqueue(aTest({ organizationId }))));
    await one.start();
    for (const { id } of theirs) await ended(one, id);
    // Four slots, one organization each: behind no more than the flood's first turns.
    const positions = quiet.map((organizationId) => order.indexOf(organizationId));
    expect(Math.max(...positions)).toBeLessThan(8);
  }, 60_000);

  it('gives no organization more than a quarter of the slots, while others are free', async () => {
    const held = heldRun();
    const one = await worker({ 'storage.test': held.run }, { probeSlots: 16 });
    const flooding = randomUUID();
    await Promise.all(Array.from({ length: 50 }, () => one.operations.enqueue(aTest({ organizationId: flooding }))));
    await one.start();
    await eventually(async () => held.started.length === 2);
    const other = await one.operations.enqueue(aTest());
    await eventually(async () => held.started.includes(other.id));
    expect(held.started).toHaveLength(3);
    held.release();
  });

  it('lets long work wait for long work only', async () => {
    const held = heldRun();
    const one = await worker({ 'storage.usage.refresh': held.run, 'storage.test': done });
    await one.start();
    await Promise.all(
      Array.from({ length: 8 }, () => one.operations.enqueue(aTest({ kind: 'storage.usage.refresh' }))),
    );
    await eventually(async () => held.started.length === 4);
    const { id } = await one.operations.enqueue(aTest());
    await expect(ended(one, id)).resolves.toMatchObject({ status: 'succeeded' });
    held.release();
  });

  it('lets another worker take over when a lease runs out, and refuses the result of the first', async () => {
    const zombie = await worker({});
    const { id } = await zombie.operations.enqueue(aTest());
    const claimed = await crashWhileRunning(zombie, id);
    const successor = await worker({ 'storage.test': async () => ({ result: { by: 'successor' } }) });
    await successor.start();
    expect(await ended(successor, id)).toMatchObject({ status: 'succeeded', result: { by: 'successor' }, attempt: 2 });

    const effects: string[] = [];
    await expect(
      zombie.queue.end(
        { ...claimed, organizationId: null },
        { status: 'succeeded', result: { by: 'zombie' } },
        async () => {
          effects.push('committed');
        },
      ),
    ).rejects.toBeInstanceOf(LeaseLost);
    expect(effects).toEqual([]);
    expect((await successor.operations.get(id)).result).toEqual({ by: 'successor' });
  });

  it('gives up what crashes its worker again and again', async () => {
    const one = await worker({ 'storage.test': done });
    const { id } = await one.operations.enqueue(aTest());
    await crashWhileRunning(one, id);
    await one.dataSource.query('UPDATE storage_operations SET attempt = 8 WHERE id = $1', [id]);
    await one.start();
    expect(await ended(one, id)).toMatchObject({ status: 'failed', error: { code: 'request.internal' } });
  });

  it('tries again what may pass by itself, and ends what will not', async () => {
    let attempts = 0;
    const one = await worker({
      'storage.test': async ({ storageConfigId }) => {
        if (storageConfigId === null) throw new StowageError('storage.not_found', 'Gone.');
        attempts += 1;
        if (attempts === 1) throw new StowageError('credentials.unavailable', 'Not now.');
        return { result: {} };
      },
    });
    await one.start();
    const passing = await one.operations.enqueue(aTest());
    const lasting = await one.operations.enqueue(aTest({ storageConfigId: null }));
    expect(await ended(one, lasting.id)).toMatchObject({
      status: 'failed',
      attempt: 1,
      error: { code: 'storage.not_found', retryable: false },
    });
    const retrying = await eventually(async () => {
      const operation = await one.operations.get(passing.id);
      return operation.status === 'queued' && operation.attempt === 1 && operation;
    });
    expect(retrying.notBefore.getTime()).toBeGreaterThan(retrying.startedAt!.getTime());
    await one.dataSource.query('UPDATE storage_operations SET not_before = now() WHERE id = $1', [passing.id]);
    expect(await ended(one, passing.id)).toMatchObject({ status: 'succeeded', attempt: 2 });
  });

  it('joins a run that must be repeated with a newer one that waits', async () => {
    const held = heldRun();
    let first = true;
    const one = await worker({
      'storage.test': async (operation, context) => {
        const outcome = await held.run(operation, context);
        if (!first) return outcome;
        first = false;
        throw new StowageError('credentials.unavailable', 'Not now.');
      },
    });
    await one.start();
    const subject = { organizationId: randomUUID(), storageConfigId: randomUUID() };
    const older = await one.operations.enqueue(aTest(subject));
    await eventually(async () => held.started.length === 1);
    const newer = await one.operations.enqueue(aTest(subject));
    held.release();
    expect(await ended(one, older.id)).toMatchObject({ status: 'superseded', supersededBy: newer.id });
    expect(await ended(one, newer.id)).toMatchObject({ status: 'succeeded' });
  });

  it('never begins what has expired, and says so in an event', async () => {
    const runs: string[] = [];
    const one = await worker({
      'storage.test': async ({ id }) => {
        runs.push(id);
        return { result: {} };
      },
    });
    const command = aTest({ deadline: new Date(Date.now() - 1000), correlationId: 'asked-by-me' });
    const { id } = await one.operations.enqueue(command);
    await one.start();
    expect(await ended(one, id)).toMatchObject({ status: 'expired', error: { code: 'operation.expired' } });
    expect(runs).toEqual([]);
    const events: unknown[] = await one.dataSource.query(
      `SELECT event, correlation_id, data FROM outbox WHERE data ->> 'command_id' = $1`,
      [command.messageId],
    );
    expect(events).toMatchObject([
      { event: 'storage.command.expired', correlation_id: 'asked-by-me', data: { key: 'storage.test' } },
    ]);
  });

  it('lets a waiting test live as long as the latest of those that joined it', async () => {
    const one = await worker({});
    const subject = { organizationId: randomUUID(), storageConfigId: randomUUID() };
    const soon = new Date(Date.now() + 60_000);
    const { id } = await one.operations.enqueue(aTest({ ...subject, deadline: soon }));
    const later = new Date(Date.now() + 120_000);
    await one.operations.enqueue(aTest({ ...subject, deadline: later }));
    expect((await one.operations.get(id)).deadline).toEqual(later);
    await one.operations.enqueue(aTest(subject));
    expect((await one.operations.get(id)).deadline).toBeNull();
  });

  it('cancels at once what waits, and stops what runs', async () => {
    const stopped: unknown[] = [];
    const one = await worker({
      'storage.test': async (_operation, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            stopped.push(signal.reason);
            reject(signal.reason as Error);
          });
        }),
    });
    const organizationId = randomUUID();
    const waiting = await one.operations.enqueue(aTest({ organizationId }));
    await expect(one.operations.cancel(waiting.id, organizationId)).resolves.toMatchObject({ status: 'cancelled' });
    await expect(one.operations.cancel(waiting.id, organizationId)).rejects.toMatchObject({
      code: 'operation.not_cancellable',
    });
    await one.start();
    const running = await one.operations.enqueue(aTest({ organizationId }));
    await eventually(async () => (await one.operations.get(running.id)).status === 'running');
    await expect(one.operations.cancel(running.id, randomUUID())).rejects.toMatchObject({ code: 'request.not_found' });
    await one.operations.cancel(running.id, organizationId);
    expect(await ended(one, running.id)).toMatchObject({ status: 'cancelled' });
    expect(stopped).toHaveLength(1);
  });

  it('writes what a run reports of its progress', async () => {
    const held = heldRun();
    const one = await worker({
      'storage.usage.refresh': async (operation, context) => {
        context.progress({ objects: 3, bytes: 4096 });
        return held.run(operation, context);
      },
    });
    await one.start();
    const { id } = await one.operations.enqueue(aTest({ kind: 'storage.usage.refresh' }));
    const progress = await eventually(async () => {
      const operation = await one.operations.get(id);
      return operation.progress.objects > 0 && operation.progress;
    });
    expect(progress).toEqual({ objects: 3, bytes: 4096 });
    held.release();
  });

  it('answers both askers of a coalesced test with the operation that was run', async () => {
    const service = {
      name: 'backup-service',
      amqpUser: 'backup',
      sealingKey: {},
      replyQueue: 'replies',
      may: new Set([]),
    };
    const one = await worker({ 'storage.test': done }, { services: [service] });
    const replies: { correlation_id: string | null; payload: Record<string, unknown> }[] = [];
    captureReplies(one, (correlation_id, payload) => replies.push({ correlation_id, payload }));
    const subject = { organizationId: randomUUID(), storageConfigId: randomUUID(), replyTo: 'replies' };
    const first = await one.operations.enqueue(aTest({ ...subject, correlationId: 'one' }));
    await one.operations.enqueue(aTest({ ...subject, correlationId: 'two' }));
    await one.start();
    await eventually(async () => replies.length === 2);
    for (const { correlation_id, payload } of replies) {
      expect(payload).toMatchObject({ iss: 'storage-worker', aud: 'backup-service', cid: correlation_id, ok: true });
      expect(payload['operation']).toMatchObject({ id: first.id, status: 'succeeded' });
    }
  });

  it('hands back what it has not finished when it drains', async () => {
    const one = await operationsWorker(database.url, {
      'storage.test': async (_operation, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        }),
    });
    await one.start();
    const { id } = await one.operations.enqueue(aTest());
    await eventually(async () => (await one.operations.get(id)).status === 'running');
    await one.stop();
    const two = await worker({ 'storage.test': done });
    expect(await two.operations.get(id)).toMatchObject({ status: 'queued', attempt: 0 });
    await two.start();
    expect(await ended(two, id)).toMatchObject({ status: 'succeeded' });
  }, 30_000);
});

/** Claims by hand, as a worker does that dies right after it. */
async function crashWhileRunning({ dataSource }: OperationsWorker, id: string): Promise<Run> {
  await dataSource.query(
    `UPDATE storage_operations SET status = 'running', fence = fence + 1, attempt = attempt + 1,
            started_at = now(), locked_until = now() - interval '1 second' WHERE id = $1`,
    [id],
  );
  const [run]: [Run] = await dataSource.query('SELECT id, fence FROM storage_operations WHERE id = $1', [id]);
  return run;
}

/** Reads the signed replies that leave for the queue `replies`. */
function captureReplies(
  { broker }: OperationsWorker,
  onReply: (correlationId: string | null, payload: Record<string, unknown>) => void,
): void {
  const publish = broker.publish.bind(broker);
  broker.publish = async (message, options) => {
    if (message.routing_key !== 'replies') return publish(message, options);
    const [, payload = ''] = (message.data as { signed: string }).signed.split('.');
    onReply(message.correlation_id ?? null, JSON.parse(Buffer.from(payload, 'base64url').toString()));
  };
}
