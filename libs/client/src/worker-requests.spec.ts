import { type GatewayReply, QUEUES, StowageError } from '@stowage/contracts';
import { type Broker, InProcessBroker, RequestError } from '@stowage/messaging';
import { WorkerRequests, WorkerTimeout } from './worker-requests.js';

describe('WorkerRequests', () => {
  let broker: InProcessBroker;
  let requests: WorkerRequests;

  beforeEach(() => {
    broker = new InProcessBroker();
    requests = new WorkerRequests(broker);
  });

  afterEach(() => broker.close());

  const answer = (reply: GatewayReply<unknown>, progress: unknown[] = []) =>
    broker.consume(QUEUES.gateway, { prefetch: 1 }, async (delivery) => {
      for (const step of progress) await delivery.reply(step, { progress: true });
      await delivery.reply(reply);
      return { verdict: 'ack' };
    });

  it('returns what the worker did', async () => {
    await answer({ ok: true, result: { id: 'a' } });
    expect(await requests.send('storage.create', {}, { deadlineMs: 1000 })).toEqual({ id: 'a' });
  });

  it('tells the steps on the way', async () => {
    await answer({ ok: true, result: 'done' }, ['first', 'second']);
    const steps: unknown[] = [];
    await requests.send('storage.create', {}, { deadlineMs: 1000, onProgress: (step) => steps.push(step) });
    expect(steps).toEqual(['first', 'second']);
  });

  it('throws what the worker refused with, field errors included', async () => {
    const errors = [{ field: 'name', code: 'config.name_taken', message: 'The name is taken' }];
    await answer({
      ok: false,
      error: { code: 'config.name_taken', detail: 'The name is taken', retryable: false, errors },
    });
    const refusal = await requests.send('storage.create', {}, { deadlineMs: 1000 }).catch((thrown: unknown) => thrown);
    expect(refusal).toBeInstanceOf(StowageError);
    expect(refusal).toMatchObject({ code: 'config.name_taken', status: 409, errors });
  });

  it('says when to come back while no worker serves', async () => {
    await expect(requests.send('storage.create', {}, { deadlineMs: 1000 })).rejects.toMatchObject({
      code: 'request.unavailable',
      retryAfter: 5,
    });
  });

  it.each(['timeout', 'closed'] as const)('does not say that nothing happened after %s', async (reason) => {
    const silent = { request: () => Promise.reject(new RequestError(reason)) } as unknown as Broker;
    await expect(new WorkerRequests(silent).send('storage.create', {}, { deadlineMs: 1 })).rejects.toThrow(
      WorkerTimeout,
    );
  });
});
