import { Logger } from '@nestjs/common';
import { vi } from 'vitest';
import { generateKeyring, type KeyringFile, LocalKeyring, withNewKey } from '@stowage/encryption';
import { WatchedKeys } from './watched-keys.js';

const PLACE = { table: 'storage_configs', rowId: 'row-1', organizationId: null };

describe('WatchedKeys', () => {
  const first = generateKeyring();
  const extended = withNewKey(first);
  const rotated: KeyringFile = { ...extended, active: extended.keys[0]!.kid };
  let text: string;
  let keys: WatchedKeys;
  const write = (content: KeyringFile | string): void => {
    text = typeof content === 'string' ? content : JSON.stringify(content);
  };

  beforeAll(() => Logger.overrideLogger(false));
  beforeEach(() => {
    write(first);
    keys = new WatchedKeys({ read: () => text, open: (content) => LocalKeyring.parse(content) });
  });
  afterEach(() => vi.restoreAllMocks());

  it('take over what the file says, when they look', async () => {
    write(rotated);
    expect(keys.activeKid()).toBe(first.active);
    await keys.look();
    expect([keys.activeKid(), keys.kids(), keys.problem]).toEqual([
      rotated.active,
      [rotated.active, first.active],
      null,
    ]);
  });

  it('look at once when a record names a key that came a moment ago', async () => {
    const wrapped = await new LocalKeyring(rotated).wrap(Buffer.alloc(32, 7), PLACE);
    write(rotated);
    expect(await keys.unwrap(wrapped, PLACE)).toEqual(Buffer.alloc(32, 7));
  });

  it('do not read the file for every record whose key is nowhere', async () => {
    const wrapped = await new LocalKeyring(generateKeyring()).wrap(Buffer.alloc(32), PLACE);
    const read = vi.fn<() => string>(() => text);
    keys = new WatchedKeys({ read, open: (content) => LocalKeyring.parse(content) });
    for (let record = 0; record < 20; record++) {
      await expect(keys.unwrap(wrapped, PLACE)).rejects.toMatchObject({ reason: 'unknown_key' });
    }
    expect(read).toHaveBeenCalledTimes(2);
  });

  it('stay as they were, and say why, while the file is not fit for use', async () => {
    write('{"active": "half a file');
    await keys.look();
    expect([keys.activeKid(), keys.problem]).toEqual([first.active, 'it is not JSON']);
    write(rotated);
    await keys.look();
    expect([keys.activeKid(), keys.problem]).toEqual([rotated.active, null]);
  });

  it('stay as they were when others object', async () => {
    keys.acceptOnly(() => Promise.reject(new Error('it lacks keys that are in use')));
    write(generateKeyring());
    await keys.look();
    expect([keys.activeKid(), keys.problem]).toEqual([first.active, 'it lacks keys that are in use']);
  });
});
