import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { deadlineAfter } from './deadline.js';
import { StorageFailure } from './failure.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Node 20 drops what only an `AbortSignal.any` refers to. */
async function afterCollections(): Promise<void> {
  for (let each = 0; each < 5; each += 1) {
    await sleep(2);
    collectGarbage();
  }
}

const fired = (signal: AbortSignal) =>
  new Promise<unknown>((resolve) => signal.addEventListener('abort', () => resolve(signal.reason), { once: true }));

describe('a deadline', () => {
  it('is kept however often garbage is collected', async () => {
    const { signal } = deadlineAfter(100, new AbortController().signal);
    const outcome = fired(signal);
    await afterCollections();
    await expect(Promise.race([outcome, sleep(2000, 'never', { ref: false })])).resolves.not.toBe('never');
  });

  it('comes sooner where that of the caller does, with its reason', async () => {
    const { signal, clear } = deadlineAfter(60_000, AbortSignal.timeout(100));
    const outcome = fired(signal);
    await afterCollections();
    await expect(outcome).resolves.toMatchObject({ name: 'TimeoutError' });
    clear();

    const failure = new StorageFailure('operation.cancelled');
    expect(deadlineAfter(60_000, AbortSignal.abort(failure)).signal.reason).toBe(failure);
  });

  it('never comes once it is cleared', async () => {
    const caller = new AbortController();
    const { signal, clear } = deadlineAfter(1, caller.signal);
    clear();
    await sleep(5);
    caller.abort();
    expect(signal.aborted).toBe(false);
  });
});
