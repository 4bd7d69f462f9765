import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectAmqp } from 'amqplib';
import { Client as FtpClient } from 'basic-ftp';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { Client as DatabaseClient } from 'pg';
import SftpClient from 'ssh2-sftp-client';
import {
  describeOnServers,
  startPostgres,
  startProftpd,
  startRabbitmq,
  startRadosgw,
  startSshd,
  startVsftpd,
  type S3User,
} from './index.js';
import { LeashedProcess } from './leashed-process.js';
import { accepts, freePort } from './ports.js';
import { makePrivateDirectory, removePrivateDirectory } from './private-directory.js';

const START_MS = 120_000;

/** Starts a server for one test and proves that nothing of it is left afterwards. */
async function using<S extends { stop(): Promise<void> }>(
  start: () => Promise<S>,
  portOf: (server: S) => number,
  test: (server: S) => Promise<void>,
): Promise<void> {
  const server = await start();
  try {
    await test(server);
  } finally {
    await server.stop();
  }
  expect(await accepts(portOf(server))).toBe(false);
}

describeOnServers(['radosgw'], 'radosgw', () => {
  const list = async (endpoint: string, { access_key, secret_key }: S3User) => {
    const credentials = { accessKeyId: access_key, secretAccessKey: secret_key };
    const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials, maxAttempts: 1 });
    try {
      return await client.send(new ListBucketsCommand({}));
    } finally {
      client.destroy();
    }
  };

  it(
    'lets its users in and refuses a wrong secret and a suspended user',
    () =>
      using(
        startRadosgw,
        (server) => server.port,
        async ({ endpoint, users }) => {
          await expect(list(endpoint, users.full)).resolves.toMatchObject({ Buckets: [] });
          await expect(list(endpoint, { ...users.full, secret_key: 'wrong' })).rejects.toMatchObject({
            name: 'SignatureDoesNotMatch',
          });
          await expect(list(endpoint, users.suspended)).rejects.toMatchObject({ name: 'UserSuspended' });
        },
      ),
    START_MS,
  );
});

describeOnServers(['sshd'], 'sshd', () => {
  const logIn = async (options: SftpClient.ConnectOptions) => {
    const client = new SftpClient();
    try {
      await client.connect(options);
      return await client.list('/data');
    } finally {
      await client.end();
    }
  };

  it(
    'takes passwords and keys of its users, refuses wrong ones, and can change its host key',
    () =>
      using(
        startSshd,
        (server) => server.port,
        async (server) => {
          const { host, port, users, keys } = server;
          const rw = { host, port, username: 'rw' };
          await expect(logIn({ ...rw, password: users.rw.secret_key })).resolves.toEqual([]);
          await expect(logIn({ ...rw, privateKey: keys.rsaPem })).resolves.toEqual([]);
          await expect(logIn({ ...rw, password: 'wrong' })).rejects.toThrow('authentication');
          await expect(logIn({ ...rw, privateKey: keys.stranger })).rejects.toThrow('authentication');
          const before = server.hostKeySha256;
          expect(await server.changeHostKey()).not.toBe(before);
        },
      ),
    START_MS,
  );
});

const logInByFtp = async (options: Parameters<FtpClient['access']>[0]) => {
  const client = new FtpClient(10_000);
  try {
    await client.access(options);
    return (await client.list()).map(({ name }) => name);
  } finally {
    client.close();
  }
};

describe.each([
  ['proftpd', startProftpd],
  ['vsftpd', startVsftpd],
] as const)('FTP', (name, start) => {
  describeOnServers([name], name, () => {
    it(
      'lets its users in by each way of connecting and refuses a wrong password',
      () =>
        using<Awaited<ReturnType<typeof start>>>(
          start,
          (server) => server.plainPort,
          async ({ host, plainPort, explicitTlsPort, implicitTlsPort, certificate, users }) => {
            const login = { host, user: 'ro', password: users.ro.secret_key, secureOptions: { ca: certificate } };
            await expect(logInByFtp({ ...login, port: plainPort })).resolves.toEqual(['hello.txt']);
            const explicit = { ...login, port: explicitTlsPort, secure: true };
            await expect(logInByFtp(explicit)).resolves.toEqual(['hello.txt']);
            const implicit = { ...login, port: implicitTlsPort, secure: 'implicit' as const };
            await expect(logInByFtp(implicit)).resolves.toEqual(['hello.txt']);
            await expect(logInByFtp({ ...login, port: plainPort, password: 'wrong' })).rejects.toMatchObject({
              code: 530,
            });
          },
        ),
      START_MS,
    );
  });
});

describe('PostgreSQL', () => {
  it(
    'makes databases and refuses a wrong password',
    () =>
      using(
        startPostgres,
        (server) => server.port,
        async (server) => {
          const url = await server.createDatabase('some-database');
          const wrong = new URL(url);
          wrong.password = 'wrong';
          await expect(connectTo(wrong.href)).rejects.toMatchObject({ code: '28P01' });
          await expect(connectTo(url)).resolves.toBe('some-database');
        },
      ),
    START_MS,
  );

  async function connectTo(connectionString: string): Promise<string> {
    const client = new DatabaseClient({ connectionString, connectionTimeoutMillis: 5000 });
    try {
      await client.connect();
      return (await client.query('SELECT current_database() AS name')).rows[0].name;
    } finally {
      await client.end();
    }
  }
});

describeOnServers(['rabbitmq'], 'RabbitMQ', () => {
  it(
    'lets its administrator in and refuses a wrong password',
    () =>
      using(
        startRabbitmq,
        (server) => server.port,
        async ({ url, port }) => {
          const connection = await connectAmqp(url);
          await connection.close();
          await expect(connectAmqp(`amqp://administrator:wrong@127.0.0.1:${port}`)).rejects.toThrow('403');
        },
      ),
    START_MS,
  );
});

describe('A leashed process', () => {
  it('ends with its whole group when its owner closes the leash', async () => {
    const directory = makePrivateDirectory('leash');
    const port = await freePort();
    const listen = `require('node:net').createServer().listen(${port}, '127.0.0.1')`;
    const server = new LeashedProcess({
      name: 'parent of a listener',
      command: '/bin/sh',
      args: ['-c', `"$0" -e "${listen}" & wait`, process.execPath],
      logFile: `${directory}/log`,
    });
    await server.ready(() => accepts(port), 20);
    await server.stop();
    // The whole group is killed at once, but its leader may be seen to end first.
    for (let left = 100; left > 0 && (await accepts(port)); left--) await sleep(50);
    expect(await accepts(port)).toBe(false);
    removePrivateDirectory(directory);
  }, 30_000);

  it('says what a server that ended at its start has said', async () => {
    const directory = makePrivateDirectory('leash');
    const server = new LeashedProcess({
      name: 'broken',
      command: '/bin/sh',
      args: ['-c', 'echo no such option >&2; exit 2'],
      logFile: `${directory}/log`,
    });
    await expect(server.ready(() => false, 20)).rejects.toThrow(/broken ended while it was starting[^]*no such option/);
    removePrivateDirectory(directory);
  });
});
