import { setTimeout as sleep } from 'node:timers/promises';

/** Repeats the assertions until they hold; the last failure is the test's failure. */
export async function eventually<T = void>(assertions: () => Promise<T>, withinMs = 15_000): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      return await assertions();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(50);
    }
  }
}
