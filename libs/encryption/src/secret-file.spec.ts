import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSecretFile, type SecretFileOptions } from './secret-file.js';

describe('readSecretFile', () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secret-file-'));
    path = join(folder, 'keyring.json');
    writeFileSync(path, 'content', { mode: 0o600 });
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it.each([0o600, 0o400])('reads a file of mode %o', (mode) => {
    chmodSync(path, mode);
    expect(readSecretFile(path)).toBe('content');
  });

  it.each([0o644, 0o640, 0o604, 0o620, 0o601])('refuses mode %o and says how to mend it', (mode) => {
    chmodSync(path, mode);
    expectRefused(/chmod 600/);
  });

  it('refuses a symbolic link', () => {
    const target = path;
    path = join(folder, 'link');
    symlinkSync(target, path);
    expectRefused(/symbolic link/);
  });

  it('refuses a folder', () => {
    path = folder;
    expectRefused(/not a regular file/);
  });

  it('refuses a named pipe without waiting for its writer', () => {
    path = join(folder, 'pipe');
    execFileSync('/usr/bin/env', ['mkfifo', '-m', '600', path]);
    expectRefused(/not a regular file/);
  });

  it('refuses a file that is not there', () => {
    path = join(folder, 'missing');
    expectRefused(/cannot be opened \(ENOENT\)/);
  });

  it('refuses a file of another user', () => {
    // Only root may give files away; to everybody else root's are those of another.
    if (process.geteuid?.() === 0) chownSync(path, 65_534, 65_534);
    else path = '/etc/passwd';
    expectRefused(/belongs to user (65534|0)/);
  });

  describe('that an orchestrator mounts', () => {
    it('may be a link to a file that others can read', () => {
      chmodSync(path, 0o644);
      const link = join(folder, 'mounted');
      symlinkSync(path, link);
      expect(readSecretFile(link, { mounted: true })).toBe('content');
    });

    it.each([0o664, 0o646])('must not be writable by others: mode %o', (mode) => {
      chmodSync(path, mode);
      expectRefused(/mount it read-only/, { mounted: true });
    });

    it('must still be a file', () => {
      path = folder;
      expectRefused(/not a regular file/, { mounted: true });
    });
  });

  function expectRefused(message: RegExp, options?: SecretFileOptions): void {
    expect(() => readSecretFile(path, options)).toThrow(
      expect.objectContaining({ name: 'SecretFileError', message: expect.stringMatching(message) as string }),
    );
  }
});
