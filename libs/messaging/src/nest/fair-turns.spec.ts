import { FairTurns } from './fair-turns.js';

const begun = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

describe('FairTurns', () => {
  /** Work that ends when it is told to, and a book of what has begun. */
  const book = (turns: FairTurns) => {
    const order: string[] = [];
    const endings = new Map<string, () => void>();
    return {
      order,
      ask: (key: string, name: string) =>
        turns.run(key, async () => {
          order.push(name);
          await new Promise<void>((resolve) => endings.set(name, resolve));
          return name;
        }),
      end: async (name: string) => {
        endings.get(name)!();
        await begun();
      },
    };
  };

  it('lets one begin at once that comes behind ten thousand of another', async () => {
    const turns = new FairTurns({ atOnce: 6, perKey: 4 });
    const { order, ask, end } = book(turns);
    for (let i = 0; i < 10_000; i++) void ask('loud', `loud ${i}`);
    await begun();
    expect(order).toEqual(['loud 0', 'loud 1', 'loud 2', 'loud 3']);
    void ask('quiet', 'quiet');
    await begun();
    expect(order.at(-1)).toBe('quiet');
    await end('loud 2');
    expect(order.at(-1)).toBe('loud 4');
    turns.close();
  });

  it('serves those that wait in rotation, each in the order of its own', async () => {
    const turns = new FairTurns({ atOnce: 1, perKey: 1 });
    const { order, ask, end } = book(turns);
    for (const name of ['a 1', 'a 2', 'a 3', 'b 1', 'b 2', 'c 1']) void ask(name[0]!, name);
    await begun();
    for (let ended = 0; ended < 5; ended++) await end(order.at(-1)!);
    expect(order).toEqual(['a 1', 'b 1', 'c 1', 'a 2', 'b 2', 'a 3']);
  });

  it('lets the event loop in between when very many could begin', async () => {
    const turns = new FairTurns({ atOnce: 1000, perKey: 1000 });
    let done = 0;
    const all = Promise.all(Array.from({ length: 1000 }, () => turns.run('loud', async () => done++)));
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(100);
    await all;
    expect(done).toBe(1000);
  });

  it('gives the place of work that failed to the next', async () => {
    const turns = new FairTurns({ atOnce: 1, perKey: 1 });
    const failing = turns.run('a', () => Promise.reject(new Error('failed')));
    const next = turns.run('b', async () => 'done');
    await expect(failing).rejects.toThrow('failed');
    expect(await next).toBe('done');
  });

  it('begins nothing more once it is closed, and lets what has begun end', async () => {
    const turns = new FairTurns({ atOnce: 1, perKey: 1 });
    const { order, ask, end } = book(turns);
    const running = ask('a', 'a 1');
    const waiting = ask('a', 'a 2');
    await begun();
    turns.close();
    expect(await waiting).toBeUndefined();
    expect(await ask('b', 'b 1')).toBeUndefined();
    await end('a 1');
    expect(await running).toBe('a 1');
    expect(order).toEqual(['a 1']);
  });
});
