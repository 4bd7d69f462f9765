import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { generateKeyring, type KeyringFile, LocalKeyring, withNewKey, withoutKey } from './keyring.js';
import { describeKeyProvider } from './testing/describe-key-provider.js';

const place = { table: 'storage_configs', rowId: 'row-1', organizationId: 'org-1' };
const file = generateKeyring();
const keyring = new LocalKeyring(file);

describeKeyProvider('LocalKeyring', async () => {
  let current = file;
  return {
    open: async () => new LocalKeyring(current),
    addKey: async () => void (current = withNewKey(current)),
    activate: async () => void (current = { ...current, active: current.keys[0]!.kid }),
    close: async () => undefined,
  };
});

describe('LocalKeyring', () => {
  it('gives a new key to open with, while the old one still seals', () => {
    const extended = new LocalKeyring(withNewKey(file));
    expect(extended.activeKid()).toBe(file.active);
    expect(extended.kids()).toEqual([expect.any(String), file.active]);
  });

  it('takes another key under the same kid for a corrupt record', async () => {
    const impostor = new LocalKeyring({
      active: file.active,
      keys: [{ kid: file.active, key: randomBytes(32).toString('base64url') }],
    });
    await expect(impostor.unwrap(await keyring.wrap(randomBytes(32), place), place)).rejects.toMatchObject({
      reason: 'corrupt',
    });
  });

  it('shows no key when it is printed', () => {
    const printed = inspect(keyring, { depth: null, showHidden: true }) + JSON.stringify(keyring);
    expect(printed).not.toContain(file.keys[0]!.key);
    expect(printed).not.toContain(Buffer.from(file.keys[0]!.key, 'base64url').toString('hex'));
  });
});

describe('withoutKey', () => {
  const rotated = withNewKey(file);

  it('takes one key out', () => {
    expect(withoutKey(rotated, rotated.keys[0]!.kid)).toEqual(file);
  });

  it('keeps the active one', () => {
    expect(() => withoutKey(rotated, file.active)).toThrow(/is the active one; rotate first/);
  });

  it('says that there is no such key', () => {
    expect(() => withoutKey(rotated, 'other')).toThrow('there is no key other');
  });
});

describe('LocalKeyring.parse', () => {
  const key = file.keys[0]!.key;

  it('reads what was generated', () => {
    expect(LocalKeyring.parse(JSON.stringify(file)).kids()).toEqual([file.active]);
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['no keys', { active: 'a' }],
    ['an empty ring', { active: 'a', keys: [] }],
    ['an active key that is not there', { active: 'b', keys: [{ kid: 'a', key }] }],
    ['no active key', { keys: [{ kid: 'a', key }] }],
    ['an entry that is no key', { active: 'a', keys: [null] }],
    ['a kid with odd characters', { active: 'a b', keys: [{ kid: 'a b', key }] }],
    ['a kid of 65 characters', { active: 'a'.repeat(65), keys: [{ kid: 'a'.repeat(65), key }] }],
    [
      'the same kid twice',
      {
        active: 'a',
        keys: [
          { kid: 'a', key },
          { kid: 'a', key: generateKeyring().keys[0]!.key },
        ],
      },
    ],
    [
      'the same key twice',
      {
        active: 'a',
        keys: [
          { kid: 'a', key },
          { kid: 'b', key },
        ],
      },
    ],
    ['a key of 31 bytes', ring(randomBytes(31))],
    ['a key of 33 bytes', ring(randomBytes(33))],
    ['a key of zeros', ring(Buffer.alloc(32))],
    ['a key that repeats one byte', ring(Buffer.alloc(32, 'k'))],
    ['a key that counts up', ring(Buffer.from(Array.from({ length: 32 }, (_, index) => index)))],
    ['a key that is text of few letters', ring(Buffer.from('changemechangemechangemechangeme'))],
    ['a key in another encoding', { active: 'a', keys: [{ kid: 'a', key: randomBytes(32).toString('hex') }] }],
    ['a key that is a number', { active: 'a', keys: [{ kid: 'a', key: 7 }] }],
  ])('refuses %s', (_what, content) => {
    expect(() => LocalKeyring.parse(JSON.stringify(content))).toThrow(
      expect.objectContaining({ name: 'KeyringError' }),
    );
  });

  it('quotes nothing of a broken file', () => {
    expect(() => LocalKeyring.parse(`{"active": "a", "keys": [{"key": ${key}`)).toThrow(
      expect.objectContaining({ name: 'KeyringError', message: 'it is not JSON' }),
    );
  });

  function ring(bytes: Buffer): KeyringFile {
    return { active: 'a', keys: [{ kid: 'a', key: bytes.toString('base64url') }] };
  }
});
