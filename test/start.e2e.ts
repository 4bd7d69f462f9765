import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { accepts } from '../tools/servers/ports.js';
import { makePrivateDirectory, removePrivateDirectory } from '../tools/servers/private-directory.js';
import { describeOnServers } from '../tools/servers/index.js';

const START_MS = 180_000;
const run = promisify(execFile);

describeOnServers(['rabbitmq'], 'npm start', () => {
  const data = makePrivateDirectory('start');
  const environment = { ...process.env, DATA_DIR: data, DATABASE_URL: '', AMQP_URL: '' };
  let started: ChildProcess;
  let output = '';

  beforeAll(async () => {
    started = spawn(process.execPath, ['tools/run.mjs', 'start'], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await new Promise<void>((resolve, reject) => {
      const hear = (text: Buffer): void => {
        output += text.toString();
        if (output.includes('Ctrl-C stops all')) resolve();
      };
      started.stdout?.on('data', hear);
      started.stderr?.on('data', hear);
      started.once('exit', () => reject(new Error(`npm start has ended:\n${output}`)));
    });
  }, START_MS);

  afterAll(() => {
    started.kill('SIGKILL');
    removePrivateDirectory(data);
  });

  const commands = (prefix: string) => output.split('\n').filter((line) => line.startsWith(prefix));
  const paste = async (...lines: string[]) => (await run('/bin/sh', ['-c', lines.join('\n')])).stdout;

  it('prints a first command that works as pasted', async () => {
    expect(JSON.parse(await paste(...commands('curl ')))).toEqual([]);
  });

  it('has a sandbox with a storage of each kind, whose tests succeed as pasted', async () => {
    const preparation = [...commands('TOKEN='), ...commands('stowage_test()')];
    const tests = commands("stowage_test '");
    expect(tests).toHaveLength(6);
    for (const test of tests) {
      const result = JSON.parse(await paste(...preparation, test)) as { message: string };
      expect(result).toMatchObject({ success: true, message: 'Connection successful' });
    }
  }, 60_000);

  /** One of each protocol: with the six before, that is as many tests as a user has in a minute. */
  it.each(['minio', 'sftp', 'ftp'])('refuses a wrong secret in the sandbox: %s', async (provider) => {
    const [test = ''] = commands(`stowage_test '{"provider":"${provider}"`);
    const wrong = test.replace(/"secret_key":"[^"]*"/, '"secret_key":"wrong"');
    const result = await paste(...commands('TOKEN='), ...commands('stowage_test()'), wrong);
    expect(JSON.parse(result)).toMatchObject({ success: false });
  });

  it('refuses a second start in the same folder and says where the first one runs', async () => {
    await expect(run(process.execPath, ['tools/run.mjs', 'start'], { env: environment })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`already runs in ${data} (process ${started.pid})`),
    });
  }, 60_000);

  it('writes no secret to its output or to the logs of its applications', () => {
    const passwords = JSON.parse(readFileSync(join(data, 'passwords.json'), 'utf8')) as Record<string, string>;
    const logs = ['gateway.log', 'storage-worker.log'].map((name) => readFileSync(join(data, name), 'utf8')).join('');
    for (const [name, password] of Object.entries(passwords)) {
      expect(logs).not.toContain(password);
      if (name !== 'sandbox') expect(output).not.toContain(password);
    }
  });

  it('stops everything on Ctrl-C', async () => {
    const ports = [...output.matchAll(/(?:port |127\.0\.0\.1:)(\d{4,5})/g)].map(([, port]) => Number(port));
    expect(ports.length).toBeGreaterThan(3);
    const ended = new Promise((resolve) => started.once('exit', resolve));
    started.kill('SIGINT');
    expect(await ended).toBe(0);
    for (const port of new Set(ports)) expect(await accepts(port)).toBe(false);
  }, 60_000);
});
