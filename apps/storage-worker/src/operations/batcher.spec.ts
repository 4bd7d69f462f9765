import { Batcher } from './batcher.js';

describe('Batcher', () => {
  it('settles together what comes together, each item with its own result', async () => {
    const batches: number[][] = [];
    const batcher = new Batcher(
      async (items: number[]) => {
        batches.push(items);
        return items.map((item) => item * 10);
      },
      { size: 100, windowMs: 5 },
    );
    expect(await Promise.all([batcher.add(1), batcher.add(2), batcher.add(3)])).toEqual([10, 20, 30]);
    expect(batches).toEqual([[1, 2, 3]]);
  });

  it('does not wait for the window when the batch is full', async () => {
    const batcher = new Batcher(async (items: number[]) => items, { size: 2, windowMs: 60_000 });
    expect(await Promise.all([batcher.add(1), batcher.add(2)])).toEqual([1, 2]);
  });

  it('lets a bad item fail alone', async () => {
    const batcher = new Batcher(
      async (items: number[]) => {
        if (items.includes(13)) throw new Error('13 will not do');
        return items;
      },
      { size: 3, windowMs: 5 },
    );
    const outcomes = await Promise.allSettled([batcher.add(12), batcher.add(13), batcher.add(14)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });
});
