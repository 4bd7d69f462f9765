import { randomUUID } from 'node:crypto';
import type { StorageConfig, TestResult } from '@stowage/contracts';
import { describeOnServers, type Sshd, startSshd } from '../tools/servers/index.js';
import { startSystem, type System } from '../tools/system/index.js';
import { RestClient } from './rest-client.js';

interface SshKey {
  public_key: string;
  authorized_keys: string;
  private_key_sealed: string;
}

describeOnServers(['rabbitmq', 'sshd'], 'an SSH key that was made here', () => {
  const [organization, stranger] = [randomUUID(), randomUUID()];
  let sshd: Sshd;
  let system: System;
  let rest: RestClient;
  let key: SshKey;

  beforeAll(async () => {
    [sshd, system] = await Promise.all([startSshd(), startSystem()]);
    rest = new RestClient(system.api, await system.token({ [organization]: 'all', [stranger]: 'all' }));
    key = await makeKey();
  }, 120_000);
  afterAll(async () => {
    await Promise.all([system?.stop(), sshd?.stop()]);
  }, 60_000);

  const makeKey = async (): Promise<SshKey> =>
    (await rest.send<SshKey>('POST', `/storage-tools/ssh-key?organization_id=${organization}`)).body;
  const body = (private_key_sealed: string) => ({
    provider: 'sftp',
    host: sshd.host,
    port: sshd.port,
    access_key: 'keyonly',
    bucket: 'data',
    private_key_sealed,
  });
  const test = (of: string, input: object) =>
    rest.send<TestResult>('POST', `/storage-configs/test-connection?organization_id=${of}`, input);

  it('is refused by the server until its line stands in authorized_keys', async () => {
    const { body: result } = await test(organization, body(key.private_key_sealed));
    expect(result).toMatchObject({ success: false, code: 'ssh.key_rejected' });
  });

  it('logs in once it does: test, create, test what is saved, and change to the next key', async () => {
    sshd.authorize('keyonly', key.authorized_keys);
    const { body: result } = await test(organization, body(key.private_key_sealed));
    expect(result).toMatchObject({ success: true, can_write: true, can_read: true, can_delete: true });

    const configs = `/storage-configs?organization_id=${organization}`;
    const created = await rest.send<StorageConfig>('POST', configs, { ...body(key.private_key_sealed), name: 'Keys' });
    expect(created).toMatchObject({ status: 201, body: { host_key_sha256: sshd.hostKeySha256 } });
    expect(created.text).not.toContain(key.private_key_sealed);
    const saved = `/storage-configs/${created.body.id}`;
    expect((await rest.send<TestResult>('POST', `${saved}/test`)).body).toMatchObject({ success: true });

    const next = await makeKey();
    const patched = await rest.send('PATCH', saved, { private_key_sealed: next.private_key_sealed });
    expect(patched.status).toBe(200);
    expect((await rest.send<TestResult>('POST', `${saved}/test`)).body).toMatchObject({ code: 'ssh.key_rejected' });
    sshd.authorize('keyonly', next.authorized_keys);
    expect((await rest.send<TestResult>('POST', `${saved}/test`)).body).toMatchObject({ success: true });
  }, 60_000);

  it('is of no use in another organization', async () => {
    const refused = await test(stranger, body(key.private_key_sealed));
    expect(refused).toMatchObject({ status: 422, body: { code: 'credentials.unreadable' } });
  });

  it('was logged nowhere', () => {
    expect(system.logs()).not.toContain('PRIVATE KEY');
  });
});
