import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePrivateDirectory, removePrivateDirectory } from '../servers/private-directory.js';
import { DataDirectory } from './data-directory.js';

const NO_PROCESS = 2 ** 22;

describe('The data directory', () => {
  let path: string;
  beforeEach(() => void (path = makePrivateDirectory('data')));
  afterEach(() => removePrivateDirectory(path));

  it('is taken over from a start that is gone', () => {
    writeFileSync(join(path, 'start.pid'), String(NO_PROCESS));
    const data = new DataDirectory(path);
    expect(readFileSync(data.file('start.pid'), 'utf8')).toBe(String(process.pid));
  });

  it('is free again after it was released', () => {
    new DataDirectory(path).release();
    expect(() => statSync(join(path, 'start.pid'))).toThrow('ENOENT');
  });

  it('keeps secrets from start to start, in files that only their owner may read', () => {
    const first = new DataDirectory(path);
    const password = first.password('database');
    const secret = first.secretFile('jwt-secret', () => 'generated');
    first.release();
    const second = new DataDirectory(path);
    expect(second.password('database')).toBe(password);
    expect(second.secretFile('jwt-secret', () => 'another')).toBe(secret);
    for (const name of ['passwords.json', 'jwt-secret']) expect(statSync(join(path, name)).mode & 0o077).toBe(0);
  });

  it('has a password of its own for each use', () => {
    const data = new DataDirectory(path);
    expect(data.password('one')).not.toBe(data.password('two'));
  });
});
