import { MemoryDriver } from './memory/driver.js';
import { removeObjects, sizeOfObjects } from './recorded-objects.js';
import { Storage } from './storage.js';

describe('the objects of a backup', () => {
  let storage: Storage;
  beforeEach(async () => {
    storage = new Storage(new MemoryDriver(), { prefix: 'org/' });
    for (const key of ['a', 'b', 'kept']) await storage.put(key, Buffer.from('12345'));
  });

  it('are removed one by one, those that are gone already too, and nothing beside them', async () => {
    const told: number[] = [];
    await removeObjects(storage, ['a', 'gone', 'b'], { onProgress: ({ objects }) => told.push(objects) });
    expect(told).toEqual([1, 2, 3]);
    await expect(storage.stat('a')).rejects.toMatchObject({ code: 'object.not_found' });
    expect(await storage.stat('kept')).toMatchObject({ size: 5 });
  });

  it('are not called removed while one is still there', async () => {
    const forgetful = { remove: async () => undefined, stat: storage.stat.bind(storage) };
    await expect(removeObjects(forgetful, ['a'])).rejects.toMatchObject({ code: 'object.still_there' });
  });

  it('have a size in all, unless one is missing', async () => {
    expect(await sizeOfObjects(storage, ['a', 'b'])).toBe(10);
    await expect(sizeOfObjects(storage, ['a', 'gone'])).rejects.toMatchObject({ code: 'object.not_found' });
  });
});
