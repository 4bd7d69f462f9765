import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyring, withNewKey } from '@stowage/encryption';
import { keysCommand } from './keys-command.js';

describe('npm run keys', () => {
  const keyring = withNewKey(generateKeyring());
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stowage-keys-'));
    path = join(folder, 'keyring.json');
    writeFileSync(path, JSON.stringify(keyring), { mode: 0o600 });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const inFolder = (name: string): string => join(folder, name);
  async function run(...args: string[]): Promise<string> {
    const lines: string[] = [];
    await keysCommand(args, { ENCRYPTION_KEYRING_FILE: path }, (line) => lines.push(line));
    return lines.join('\n');
  }
  async function escrowed(...identities: string[]): Promise<string> {
    const recipients: string[] = [];
    for (const identity of identities) recipients.push('--to', await run('identity', '--out', inFolder(identity)));
    writeFileSync(inFolder('escrow.age'), await run('escrow', ...recipients));
    return readFileSync(inFolder('escrow.age'), 'utf8');
  }
  const restore = (identity: string) =>
    run('restore', '--from', inFolder('escrow.age'), '--identity', inFolder(identity));

  it('lays the keyring by so that each keeper can bring it back, and nobody else', async () => {
    const escrow = await escrowed('first', 'second');
    expect(escrow).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----/);
    for (const { key, kid } of keyring.keys) expect(escrow).not.toMatch(new RegExp(`${key}|${kid}`));
    rmSync(path);
    expect(await restore('second')).toContain(`${keyring.active} seals`);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(keyring);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await run('identity', '--out', inFolder('stranger'));
    rmSync(path);
    await expect(restore('stranger')).rejects.toThrow('does not open with this identity');
    expect(existsSync(path)).toBe(false);
  });

  it('never writes over a keyring or an identity', async () => {
    await escrowed('first');
    await expect(restore('first')).rejects.toThrow('no key is ever overwritten');
    await expect(run('identity', '--out', inFolder('first'))).rejects.toMatchObject({ code: 'EEXIST' });
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(keyring);
  });

  it('does not take an escrow that was altered', async () => {
    const escrow = await escrowed('first');
    rmSync(path);
    const lines = escrow.split('\n');
    lines[lines.length - 2] = lines.at(-2)!.replace(/^./, (letter) => (letter === 'A' ? 'B' : 'A'));
    writeFileSync(inFolder('escrow.age'), lines.join('\n'));
    await expect(restore('first')).rejects.toThrow('does not open');
  });

  it('does not read an identity that others can read', async () => {
    await escrowed('first');
    chmodSync(inFolder('first'), 0o644);
    await expect(restore('first')).rejects.toThrow('chmod 600');
  });

  it.each([
    [[], 'Say what to do'],
    [['rotat'], 'Say what to do'],
    [['status', 'now'], 'status takes no now'],
    [['remove'], 'Name the one key to remove'],
    [['rotate', '--wait', 'long'], '--wait must be a whole number'],
    [['escrow'], 'Name who keeps it'],
    [['escrow', '--to', 'bob'], '--to must be a recipient of age'],
    [['restore', '--from', 'x'], '--identity <file> is missing'],
    [['status', '--force'], '--force'],
  ])('explains what is wrong with %j', async (args, message) => {
    await expect(run(...args)).rejects.toMatchObject({
      name: 'KeysCommandError',
      message: expect.stringContaining(message) as string,
    });
  });

  it('says which database it needs', async () => {
    await expect(run('status')).rejects.toThrow(/DATABASE_URL: is required/);
  });
});
