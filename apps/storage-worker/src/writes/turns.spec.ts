import { Turns } from './turns.js';

describe('Turns', () => {
  it('runs the work of one key one after the other, in order, also after a failure', async () => {
    const turns = new Turns();
    const log: string[] = [];
    const work = (name: string, fails = false) =>
      turns.take('key', async () => {
        log.push(`${name} begins`);
        await Promise.resolve();
        log.push(`${name} ends`);
        if (fails) throw new Error(name);
        return name;
      });
    const outcomes = await Promise.allSettled([work('a'), work('b', true), work('c')]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('does not let one key wait for another', async () => {
    const turns = new Turns();
    let release = (): void => undefined;
    const stuck = turns.take('a', () => new Promise<void>((resolve) => (release = resolve)));
    await expect(turns.take('b', async () => 'through')).resolves.toBe('through');
    release();
    await stuck;
  });
});
