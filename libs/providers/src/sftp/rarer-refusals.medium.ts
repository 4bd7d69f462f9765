import { once } from 'node:events';
import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { TestResult } from '@stowage/contracts';
import {
  describeOnServers,
  type Sshd,
  type SshdOptions,
  startSshd,
  startVsftpd,
} from '../../../../tools/servers/index.js';
import { NetworkProxy } from '../../../../tools/servers/network-proxy.js';
import { makePrivateDirectory, removePrivateDirectory } from '../../../../tools/servers/private-directory.js';
import { testStorage } from '../test-storage.js';
import { loopbackDialer, sftpOptions } from './testing/sftp-options.js';

const START_MS = 60_000;

describeOnServers(['sshd', 'vsftpd'], 'OpenSSH, in rarer circumstances', () => {
  const stops: (() => Promise<unknown> | void)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0).toReversed()) await stop();
  });

  const start = async (options: SshdOptions): Promise<Sshd> => {
    const sshd = await startSshd(options);
    stops.push(() => sshd.stop());
    return sshd;
  };
  const run = (sshd: Sshd, more: { port?: number; bucket?: string; onCheck?: (name: string) => void } = {}) => {
    const { access_key, secret_key } = sshd.users.rw;
    const { port = sshd.port, bucket = '/data', onCheck } = more;
    const { options } = sftpOptions({ port, bucket, credentials: { access_key, secret_key } });
    const { location, credentials } = options;
    return testStorage({
      location,
      credentials,
      dialer: loopbackDialer(),
      depth: 'full',
      deadlineMs: 15_000,
      onCheck: ({ name }) => onCheck?.(name),
    });
  };
  const proxy = async (port: number): Promise<NetworkProxy> => {
    const between = await NetworkProxy.start(port);
    stops.push(() => between.stop());
    return between;
  };
  const failedStep = ({ checks }: TestResult) => checks.find(({ status }) => status === 'failed')?.name;

  it(
    'with as many logins under way as it allows is told',
    async () => {
      const sshd = await start({ settings: ['MaxStartups 1:100:1'] });
      for (;;) {
        const first: Socket = connect(sshd.port, '127.0.0.1').on('error', () => undefined);
        stops.push(() => void first.destroy());
        const [greeting] = (await once(first, 'data')) as [Buffer];
        if (greeting.toString().startsWith('SSH-2.0')) break;
      }
      expect(await run(sshd)).toMatchObject({ code: 'quota.connections' });
    },
    START_MS,
  );

  it(
    'whose program for SFTP is missing is told',
    async () => {
      const sshd = await start({ subsystem: '/usr/lib/nowhere/sftp-server', settings: ['ChrootDirectory none'] });
      expect(await run(sshd)).toMatchObject({ code: 'ssh.no_sftp' });
    },
    START_MS,
  );

  it(
    'that denies this user is told as one that refuses the password: it does not say which it is',
    async () => {
      const sshd = await start({ settings: ['DenyUsers rw'] });
      const result = await run(sshd);
      expect(result).toMatchObject({ code: 'ssh.authentication_failed' });
      expect(result.hint).toContain('may also deny this user');
    },
    START_MS,
  );

  it(
    'that limits the size of files is told as far as it can be known, and nothing is left there',
    async () => {
      const directory = makePrivateDirectory('limited');
      stops.push(() => removePrivateDirectory(directory));
      const limited = join(directory, 'sftp-server');
      writeFileSync(limited, '#!/bin/bash\ntrap "" XFSZ\nulimit -f 2048\nexec /usr/lib/openssh/sftp-server\n');
      chmodSync(directory, 0o755);
      chmodSync(limited, 0o755);
      const sshd = await start({ subsystem: limited, settings: ['ChrootDirectory none'] });
      const result = await run(sshd, { bucket: sshd.folderOf('rw') });
      // OpenSSH has one status for this, for a quota of the user and for much else.
      expect(result).toMatchObject({ success: false, code: 'ssh.unrecognised', evidence: 'SFTP status 4: Failure' });
      expect(result.hint).toContain('a limit on the size of files');
      expect(failedStep(result)).toBe('multipart');
      expect(readdirSync(sshd.folderOf('rw'))).toEqual([]);
    },
    START_MS,
  );

  it.each(['container', 'range'] as const)(
    'whose connection is reset after the step %s is told',
    async (after) => {
      const sshd = await start({});
      const between = await proxy(sshd.port);
      const result = await run(sshd, { port: between.port, onCheck: (name) => name === after && between.reset() });
      expect(result).toMatchObject({ success: false, code: 'network.reset' });
      expect(failedStep(result)).toBe(after === 'container' ? 'write' : 'multipart');
    },
    START_MS,
  );

  it(
    'at the port of an FTP server, or at that of a proxy whose server is down, is told',
    async () => {
      const sshd = await start({});
      const vsftpd = await startVsftpd();
      stops.push(() => vsftpd.stop());
      const ftp = await run(sshd, { port: vsftpd.plainPort });
      expect(ftp).toMatchObject({ code: 'ssh.not_ssh' });
      expect(ftp.hint).toContain('FTP');
      const between = await proxy(vsftpd.plainPort);
      await vsftpd.stop();
      expect(await run(sshd, { port: between.port })).toMatchObject({ code: 'network.dropped' });
    },
    START_MS,
  );
});
