import type { SftpSession } from './session.js';
import { STATUS } from './symptoms.js';
import { walk } from './walk.js';

type Kind = 'file' | 'directory' | 'link';
type Tree = Record<string, [name: string, kind: Kind][]>;

/** Answers two entries a page; a path that the tree does not name is missing. */
class FakeSession {
  open = 0;
  readonly #next = new Map<string, number>();

  constructor(private readonly pageOf: (path: string) => [string, Kind][] | undefined) {}

  get session(): SftpSession {
    return this as unknown as SftpSession;
  }

  async openDirectory(path: string): Promise<Buffer> {
    if (this.pageOf(path) === undefined) throw Object.assign(new Error('missing'), { code: STATUS.noSuchFile });
    this.open++;
    this.#next.set(path, 0);
    return Buffer.from(path);
  }

  async readDirectory(handle: Buffer) {
    const path = handle.toString();
    const start = this.#next.get(path) ?? 0;
    const entries = (this.pageOf(path) ?? []).slice(start, start + 2);
    if (entries.length === 0) throw Object.assign(new Error('end'), { code: STATUS.endOfFile });
    this.#next.set(path, start + 2);
    return entries.map(([filename, kind]) => ({
      filename,
      attrs: {
        size: filename.length,
        mtime: 1_700_000_000,
        isDirectory: () => kind === 'directory',
        isSymbolicLink: () => kind === 'link',
      },
    }));
  }

  async close(): Promise<void> {
    this.open--;
  }
}

async function keysOf(fake: FakeSession, base: string, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of walk(fake.session, base, prefix)) keys.push(...page.map(({ key }) => key));
  return keys.sort();
}

const inTree = (tree: Tree) => new FakeSession((path) => tree[path]);

it('finds every file below the base directory, with keys relative to it', async () => {
  const fake = inTree({
    '/base': [
      ['one', 'file'],
      ['two', 'file'],
      ['deep', 'directory'],
      ['three', 'file'],
    ],
    '/base/deep': [
      ['empty', 'directory'],
      ['four', 'file'],
    ],
    '/base/deep/empty': [],
  });
  expect(await keysOf(fake, '/base', '')).toEqual(['deep/four', 'one', 'three', 'two']);
  expect(fake.open).toBe(0);
});

it('takes a prefix that ends within a name', async () => {
  const fake = inTree({
    '/base/a': [
      ['b-1', 'file'],
      ['c', 'file'],
      ['b-2', 'directory'],
      ['d', 'directory'],
    ],
    '/base/a/b-2': [['x', 'file']],
  });
  expect(await keysOf(fake, '/base', 'a/b-')).toEqual(['a/b-1', 'a/b-2/x']);
});

it('finds nothing in a directory that is not there', async () => {
  expect(await keysOf(inTree({}), '/base', 'gone/')).toEqual([]);
});

it('follows no links, and no names that lead out of the directory', async () => {
  const fake = inTree({
    '.': [
      ['.', 'directory'],
      ['..', 'directory'],
      ['round', 'link'],
      ['../../etc', 'directory'],
      ['kept', 'file'],
    ],
  });
  expect(await keysOf(fake, '.', '')).toEqual(['kept']);
});

it('ends on a server that makes up directories without end', async () => {
  const fake = new FakeSession(() => [['d'.repeat(200), 'directory']]);
  await expect(keysOf(fake, '/', '')).rejects.toMatchObject({ code: 'ssh.unrecognised' });
  expect(fake.open).toBe(0);
});

it('closes the directory when the reader has seen enough', async () => {
  const fake = inTree({
    '.': [
      ['one', 'file'],
      ['two', 'file'],
      ['three', 'file'],
    ],
  });
  const reader = walk(fake.session, '.', '');
  await reader.next();
  expect(fake.open).toBe(1);
  await reader.return(undefined);
  expect(fake.open).toBe(0);
});
