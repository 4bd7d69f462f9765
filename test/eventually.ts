import { setTimeout as sleep } from 'node:timers/promises';

/** Repeats the assertions until they hold; the last failure is the test's failure. */
export async function eventually(assertions: () => Promise<void>, withinMs = 15_000): Promise<void> {
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
