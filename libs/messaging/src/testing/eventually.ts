import { setTimeout as delay } from 'node:timers/promises';

/** Reads until the value is as wanted. @throws Error with the last value after ten seconds */
export async function eventually<T>(read: () => T | Promise<T>, wanted: (value: T) => boolean): Promise<T> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const value = await read();
    if (wanted(value)) return value;
    if (Date.now() > deadline) throw new Error(`This did not come to be; last: ${JSON.stringify(value)}`);
    await delay(10);
  }
}
