import { randomUUID } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { connectStowage } from '@stowage/client';
import { ORGANIZATION_PERMISSIONS, PROVIDERS, type StorageConfig } from '@stowage/contracts';
import { signDevelopmentToken } from '@stowage/permissions';
import { DESCRIPTIONS } from '@stowage/providers';
import { describeOnServers } from '../../tools/servers/index.js';
import { startChromium } from '../../tools/servers/chromium.js';
import { startSystem, type System } from '../../tools/system/index.js';
import { eventually } from '../eventually.js';
import { forgetTestRates } from '../forget-test-rates.js';
import { RestClient } from '../rest-client.js';
import { startStorageServers, type StorageServers } from '../storage-servers.js';
import { openTab, type Tab, visibleAndHiddenText } from './browser.js';
import { StorageSettingsPage } from './storage-settings-page.js';
import { startWrongRegionS3, type WrongRegionS3 } from './wrong-region-s3.js';

const BUCKET_REGION = 'eu-west-1';

describeOnServers(['radosgw', 'sshd', 'vsftpd', 'rabbitmq', 'chromium'], 'the console in Chromium', () => {
  let servers: StorageServers;
  let aws: WrongRegionS3;
  let system: System;
  let browser: Browser;
  let organization: string;
  /** Another one for each test: how often somebody may test is limited. */
  let user: string;
  let tabs: Tab[];

  beforeAll(async () => {
    servers = await startStorageServers();
    aws = await startWrongRegionS3(servers.radosgw.endpoint, BUCKET_REGION);
    const endpoints = { ...servers.devEndpoints, aws_s3: aws.endpoint };
    system = await startSystem({ environment: { STORAGE_DEV_ENDPOINTS: JSON.stringify(endpoints) } });
    browser = await startChromium();
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await system?.stop();
    await aws?.stop();
    await servers?.stop();
  }, 60_000);

  beforeEach(async () => {
    await forgetTestRates(system.databaseUrl);
    organization = randomUUID();
    user = randomUUID();
    tabs = [];
  });

  afterEach(async () => {
    for (const { page } of tabs) await page.context().close();
    const faults = tabs.flatMap((tab) => tab.faults);
    if (faults.length > 0) throw new Error(faults.join('\n'));
  });

  const openConsole = async (token?: string): Promise<StorageSettingsPage> => {
    const tab = await openTab(browser);
    tabs.push(tab);
    const settings = new StorageSettingsPage(tab.page, system.gateways[0]!.url);
    await settings.open(token ?? (await system.token({ [organization]: 'all' }, { user })));
    return settings;
  };
  const rest = async () => new RestClient(system.api, await system.token({ [organization]: 'all' }, { user }));
  const create = async (body: Record<string, unknown>): Promise<StorageConfig> => {
    const path = `/storage-configs?organization_id=${organization}`;
    const { status, body: config } = await (await rest()).send<StorageConfig>('POST', path, body);
    expect({ status, config }).toMatchObject({ status: 201 });
    return config;
  };
  const sawSuccess = async (settings: StorageSettingsPage) => {
    await settings.sees('Connection test successful');
    for (const line of ['Bucket exists', 'Can write to bucket', 'Can read from bucket']) await settings.passed(line);
    await settings.sees(/^Latency: \d+ms$/);
  };

  it.each(PROVIDERS)(
    'does the quick start by clicks for %s',
    async (provider) => {
      const body = servers.bodies[provider];
      const name = `${DESCRIPTIONS[provider].label} Production`;
      const settings = await openConsole();
      await settings.addStorage(provider);
      await settings.fillIn(name, body);
      await settings.test();
      if (provider === 'sftp') {
        await settings.sees('Is this your server?');
        await settings.sees(servers.sshd.hostKeySha256);
        await settings.button('It is the same: confirm and test again').click();
      }
      await sawSuccess(settings);
      await settings.save();

      const card = settings.storage(name);
      await card.waitFor();
      expect(await card.getByText('Default', { exact: true }).isVisible()).toBe(true);
      const document = await visibleAndHiddenText(settings.page);
      for (const field of DESCRIPTIONS[provider].secret_fields) {
        // A user name may be part of any word; the secrets proper may not be anywhere.
        if (field !== 'access_key' && field in body) expect(document).not.toContain(body[field]);
      }

      await card.getByRole('button', { name: 'Test Connection' }).click();
      await sawSuccess(settings);
      await card.getByText('Healthy').waitFor();
    },
    60_000,
  );

  it('repairs a wrong region by one click', async () => {
    const settings = await openConsole();
    await settings.addStorage('aws_s3');
    await settings.fillIn('AWS', { ...servers.bodies.aws_s3, region: 'us-east-1' });
    await settings.test();
    await settings.sees(`the region 'us-east-1' is wrong; expecting '${BUCKET_REGION}'`);
    await settings.button('Apply and test again').click();
    await sawSuccess(settings);
    expect(await settings.field('Region').inputValue()).toBe(BUCKET_REGION);
  }, 60_000);

  it('refuses a host key that has changed, and offers no click to take it over', async () => {
    const pinned = `SHA256:${'A'.repeat(43)}`;
    await create({ ...servers.bodies.sftp, name: 'NAS', host_key_sha256: pinned });
    const settings = await openConsole();
    await settings.test();
    await settings.sees('Connection failed: The host key of the server has changed');
    await settings.sees(servers.sshd.hostKeySha256);
    expect(await settings.button('Apply and test again').count()).toBe(0);
    expect(await settings.button('It is the same: confirm and test again').count()).toBe(0);
  }, 60_000);

  it('tells what to do when the secret is wrong, and takes the right one', async () => {
    const settings = await openConsole();
    await settings.addStorage('minio');
    await settings.fillIn('MinIO', { ...servers.bodies.minio, secret_key: 'not-the-secret' });
    await settings.test();
    await settings.sees(/^Connection failed: /);
    await settings.sees('What to do:');
    await settings.field('Secret Key').fill(String(servers.bodies.minio['secret_key']));
    await settings.test();
    await sawSuccess(settings);
  }, 60_000);

  it('shows refused fields in the words of the API, at their fields', async () => {
    const settings = await openConsole();
    await settings.addStorage('cloudflare_r2');
    await settings.field('Name').fill('R2');
    await settings.save();
    await settings.sees('Account ID is required for Cloudflare R2');
    expect(await settings.field('Account ID').getAttribute('aria-invalid')).toBe('true');
  }, 30_000);

  it('sets the default after a confirmation that names the old one, in both of two tabs', async () => {
    await create({ ...servers.bodies.minio, name: 'First' });
    await create({ ...servers.bodies.backblaze_b2, name: 'Second' });
    const [one, other] = [await openConsole(), await openConsole()];
    await one.storage('Second').getByRole('button', { name: 'Set as Default' }).click();
    const dialog = one.page.getByRole('alertdialog');
    await dialog.getByText('“First”').waitFor();
    await dialog.getByRole('button', { name: 'Set as Default' }).click();
    for (const { storage } of [one, other].map((tab) => ({ storage: tab.storage('Second') }))) {
      await storage.getByText('Default', { exact: true }).waitFor();
    }
    expect(await other.storage('First').getByText('Default', { exact: true }).count()).toBe(0);
  }, 60_000);

  it('keeps what was entered when the session expires, and goes on with a new token', async () => {
    const token = await signDevelopmentToken({
      secret: system.secrets.jwtSecret,
      subject: user,
      organizations: { [organization]: [...ORGANIZATION_PERMISSIONS] },
      lifetimeS: 6,
    });
    const settings = await openConsole(token);
    expect(settings.page.url()).not.toContain('token');
    await settings.addStorage('minio');
    await settings.fillIn('MinIO', servers.bodies.minio);
    await settings.sees(/Your session has expired/);
    await settings.field('Access token').fill(await system.token({ [organization]: 'all' }, { user }));
    await settings.button('Continue session').click();
    await settings.page.getByText(/Your session has expired/).waitFor({ state: 'detached' });
    await settings.save();
    await settings.storage('MinIO').waitFor();
  }, 60_000);

  it('rotates credentials only when the new ones pass', async () => {
    const { id } = await create({ ...servers.bodies.minio, name: 'MinIO' });
    const settings = await openConsole();
    await settings.button('More actions').click();
    await settings.page.getByRole('menuitem', { name: 'Rotate credentials' }).click();
    await settings.field('Access Key').fill(String(servers.bodies.minio['access_key']));
    await settings.field('Secret Key').fill('not-the-secret');
    await settings.button('Test and replace').click();
    await settings.sees(/^Connection failed: /);
    const before = await (await rest()).send<StorageConfig>('GET', `/storage-configs/${id}`);
    expect(before.body.version).toBe(1);

    await settings.field('Secret Key').fill(String(servers.bodies.minio['secret_key']));
    await settings.button('Test and replace').click();
    await settings.sees('MinIO uses the new credentials now.');
  }, 60_000);

  it('explains why a storage with backups cannot be deleted, and shows the ways out', async () => {
    const { id } = await create({ ...servers.bodies.minio, name: 'MinIO' });
    await recordBackup(id);
    const settings = await openConsole();
    await settings.button('More actions').click();
    await settings.page.getByRole('menuitem', { name: 'Delete' }).click();
    const dialog = settings.page.getByRole('alertdialog');
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await settings.sees('Cannot delete storage config with 1 backups. Delete or migrate backups first.');
    await dialog.getByRole('button', { name: 'See its backups' }).click();
    await settings.page.getByRole('cell', { name: 'Completed' }).waitFor();
  }, 60_000);

  it('counts what is stored and shows it', async () => {
    const { id } = await create({ ...servers.bodies.minio, name: 'MinIO' });
    const settings = await openConsole();
    await settings.page.getByRole('link', { name: 'MinIO' }).click();
    await settings.button('Refresh usage').click();
    await settings.sees(/objects, counted/);
    const { body } = await (await rest()).send<StorageConfig>('GET', `/storage-configs/${id}`);
    expect(body.measured).not.toBeNull();
  }, 60_000);

  it('ends a test with a cause when the server dies in the middle of it', async () => {
    const dying = await startDyingServer();
    try {
      const settings = await openConsole();
      await settings.addStorage('minio');
      await settings.fillIn('Dying', { ...servers.bodies.minio, endpoint_url: dying.endpoint });
      await settings.test();
      await settings.sees(/^Connection failed: /);
      expect(await settings.button('Test Connection').isEnabled()).toBe(true);
    } finally {
      dying.server.close();
    }
  }, 60_000);

  it('can be used with the keyboard alone', async () => {
    const settings = await openConsole();
    const { keyboard } = settings.page;
    const tabTo = async (name: string) => {
      for (let presses = 0; presses < 60; presses += 1) {
        await keyboard.press('Tab');
        const focused = settings.page.locator(':focus');
        if ((await focused.count()) === 0) continue;
        const id = await idOfField(settings, name);
        if (id !== null && (await focused.getAttribute('id')) === id) return;
        if ((await focused.textContent())?.trim() === name) return;
      }
      throw new Error(`Tab never comes to ${name}`);
    };
    await tabTo('Add Storage Provider');
    await keyboard.press('Enter');
    await settings.button('MinIO').waitFor();
    await tabTo('MinIO');
    await keyboard.press('Enter');
    await settings.field('Name').waitFor();
    const { bucket, endpoint_url, access_key, secret_key } = servers.bodies.minio;
    const entries = [
      ['Name', 'By keyboard'],
      ['Bucket Name', bucket],
      ['Endpoint URL', endpoint_url],
      ['Access Key', access_key],
      ['Secret Key', secret_key],
    ] as const;
    for (const [label, value] of entries) {
      await tabTo(label);
      await keyboard.type(String(value));
    }
    await tabTo('Test Connection');
    await keyboard.press('Space');
    await sawSuccess(settings);
    await tabTo('Save Storage Config');
    await keyboard.press('Enter');
    await settings.storage('By keyboard').waitFor();
  }, 60_000);

  it('draws of a thousand storages only those in sight', async () => {
    const config = await create({ ...servers.bodies.minio, name: 'Storage 0' });
    const many = Array.from({ length: 1000 }, (_, index) => ({
      ...config,
      id: randomUUID(),
      name: `Storage ${index}`,
      is_default: index === 0,
    }));
    const tab = await openTab(browser);
    tabs.push(tab);
    await tab.page.route('**/storage-configs?*', (route) => route.fulfill({ json: many }));
    const settings = new StorageSettingsPage(tab.page, system.gateways[0]!.url);
    await settings.open(await system.token({ [organization]: 'all' }, { user }));
    await settings.storage('Storage 0').waitFor();
    expect(await tab.page.getByRole('article').count()).toBeLessThan(40);
    await eventually(async () => {
      await tab.page.keyboard.press('End');
      expect(await settings.storage('Storage 999').count()).toBe(1);
    });
    await tab.page.getByLabel('Search storage').fill('storage 512');
    await settings.storage('Storage 512').waitFor();
    expect(await tab.page.getByRole('article').count()).toBe(1);
  }, 60_000);

  async function recordBackup(storageConfigId: string): Promise<void> {
    const service = connectStowage({
      amqpUrl: system.serviceAmqpUrl,
      service: 'backup-service',
      privateKeys: system.secrets.serviceKeys,
      workerKeys: system.secrets.workerPublicKeys.keys,
    });
    try {
      await service.backupCompleted({
        organization_id: organization,
        backup_id: randomUUID(),
        storage_config_id: storageConfigId,
        environment_id: randomUUID(),
        sequence: 1,
        size_bytes: 1024,
        objects: ['dump.sql'],
        completed_at: new Date().toISOString(),
      });
      await eventually(async () => {
        const { body } = await (await rest()).send<StorageConfig>('GET', `/storage-configs/${storageConfigId}`);
        expect(body.object_count).toBe(1);
      });
    } finally {
      await service.close();
    }
  }
});

const idOfField = async (settings: StorageSettingsPage, label: string): Promise<string | null> => {
  const field = settings.field(label);
  return (await field.count()) === 0 ? null : field.getAttribute('id');
};

/** Takes a request in and hangs up. */
async function startDyingServer(): Promise<{ endpoint: string; server: Server }> {
  const server = createServer((socket: Socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}
