import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadRunningEnvironment, writeRunningEnvironment } from './running-environment.js';

describe('the environment of a running start', () => {
  const before = { ...process.env };
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'stowage-running-'));
    process.env['DATA_DIR'] = directory;
    delete process.env['AMQP_URL'];
  });

  afterEach(() => {
    rmSync(directory, { recursive: true });
    process.env = { ...before };
  });

  it('is found by the tools, and read by its owner only', () => {
    writeRunningEnvironment(directory, { AMQP_URL: 'amqp://a:b%3D@127.0.0.1:1' });
    loadRunningEnvironment();
    expect(process.env['AMQP_URL']).toBe('amqp://a:b%3D@127.0.0.1:1');
    expect(statSync(join(directory, 'running.env')).mode & 0o777).toBe(0o600);
  });

  it('does not overrule what was set', () => {
    process.env['AMQP_URL'] = 'amqp://mine';
    writeRunningEnvironment(directory, { AMQP_URL: 'amqp://theirs' });
    loadRunningEnvironment();
    expect(process.env['AMQP_URL']).toBe('amqp://mine');
  });

  it('is gone when the start has ended', () => {
    const forget = writeRunningEnvironment(directory, { AMQP_URL: 'amqp://a' });
    forget();
    expect(existsSync(join(directory, 'running.env'))).toBe(false);
    loadRunningEnvironment();
    expect(process.env['AMQP_URL']).toBeUndefined();
  });
});
