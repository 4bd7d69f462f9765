import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { StorageLocation } from '@stowage/contracts';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { createDialer } from '../dialer/create-dialer.js';
import { createClient } from './client.js';

describe('a large write, for which the SDK waits for "100 Continue" on a connection of its own', () => {
  let server: Server;
  let accepted = 0;

  beforeAll(async () => {
    server = createServer((socket) => {
      accepted++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it.each(['127.0.0.1', 'storage.example'])('does not reach the forbidden %s', async (host) => {
    const policy = { allow: [], deny: [], allowLoopback: false };
    const resolve = () => Promise.resolve(['127.0.0.1']);
    const dialer = createDialer(policy, { provider: 'minio', organizationId: null }, { resolve });
    const { port } = server.address() as AddressInfo;
    const location = {
      endpoint_url: `http://${host}:${port}`,
      region: 'us-east-1',
      addressing: 'path',
      checksum_mode: 'required',
      ca_certificate: null,
    } as StorageLocation;
    const client = createClient(
      location,
      { access_key: 'a', secret_key: 'b' },
      { dialer, signal: AbortSignal.timeout(3000) },
    );
    const write = client.send(
      new PutObjectCommand({ Bucket: 'backups', Key: 'k', Body: Buffer.alloc(3 * 1024 * 1024) }),
    );
    await expect(write).rejects.toMatchObject({
      code: expect.stringMatching(/^(target\.forbidden|network\.unreachable)$/) as string,
    });
    expect(accepted).toBe(0);
  });
});
