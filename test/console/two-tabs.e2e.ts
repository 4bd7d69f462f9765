import { administratorOf, openPlatform } from './administrator.js';
import { describeConsole } from './console-under-test.js';
import type { StorageSettingsPage } from './storage-settings-page.js';

/** From the answer to a change to the other tab that shows it. Where no event tells of changes, the console asks every 4 s. */
const SOON = { timeout: 1000 };
const NETWORK = '10.20.0.0/16';

describeConsole('two tabs of the console', (console) => {
  /** The page once it listens. */
  const live = async (open: () => Promise<StorageSettingsPage>): Promise<StorageSettingsPage> => {
    const heard = new Promise<void>((resolve) => (console.onStream = resolve));
    const settings = await open();
    await heard;
    return settings;
  };

  it('show the same within a second: the default, a test, a backup that was recorded', async () => {
    await console.create({ ...console.servers.bodies.minio, name: 'First' });
    const second = await console.create({ ...console.servers.bodies.backblaze_b2, name: 'Second' });
    const one = await console.open();
    const other = await live(() => console.open());
    await other.storage('Second').waitFor();
    await one.storage('Second').getByRole('button', { name: 'Set as Default' }).click();
    await one.dialog.getByRole('button', { name: 'Set as Default' }).click();
    await one.defaultBadge('Second').waitFor();
    await other.defaultBadge('Second').waitFor(SOON);
    expect(await other.defaultBadge('First').count()).toBe(0);

    await one.storage('Second').getByRole('button', { name: 'Test Connection' }).click();
    await one.storage('Second').getByText('Healthy').waitFor();
    await other.storage('Second').getByText('Healthy').waitFor(SOON);

    await console.recordBackup(second.id);
    await other.storage('Second').getByText('1 KB').waitFor(SOON);
  }, 60_000);

  it('show a backup within a second on the page of its storage', async () => {
    const { id } = await console.create({ ...console.servers.bodies.minio, name: 'MinIO' });
    const settings = await console.tab();
    await live(async () => {
      await settings.enter(await console.token(), `?view=storage&id=${id}`);
      return settings;
    });
    await settings.sees('No backup is recorded');
    await console.recordBackup(id);
    await settings.page.getByRole('cell', { name: 'Completed' }).waitFor(SOON);
  }, 60_000);

  it('show what the administrator changes on the platform', async () => {
    const rest = await administratorOf(console);
    const other = await live(() => openPlatform(console));
    const ftp = other.page.getByRole('switch', { name: 'FTP', exact: true });
    const byos = other.page.getByRole('switch', { name: /^Bring your own storage/ });
    await ftp.and(other.page.locator(':checked')).waitFor();
    try {
      await rest.send('PATCH', '/storage-settings', { enabled_providers: ['aws_s3'] });
      await ftp.and(other.page.locator(':not(:checked)')).waitFor(SOON);
      await rest.send('PATCH', '/storage-settings', { allow_org_byos: false });
      await byos.and(other.page.locator(':not(:checked)')).waitFor(SOON);
      const allowances = [{ cidr: NETWORK, ports: [22], providers: ['sftp'] }];
      await rest.send('PUT', '/platform/egress-allowances', { allowances });
      await other.page.getByRole('row').filter({ hasText: NETWORK }).waitFor(SOON);
    } finally {
      await rest.send('PATCH', '/storage-settings', { allow_org_byos: true, enabled_providers: ALL });
      await rest.send('PUT', '/platform/egress-allowances', { allowances: [] });
    }
  }, 60_000);

  it('show what becomes of the storage of the platform, a backup on it included', async () => {
    const rest = await administratorOf(console);
    const other = await live(() => openPlatform(console));
    await other.sees('Backups need a place to go');
    const body = { ...console.servers.bodies.minio, name: 'Shared' };
    const path = '/platform/storage-configs';
    const { body: config } = await rest.send<{ id: string }>('POST', path, body);
    await other.storage('Shared').waitFor(SOON);
    await console.reportBackup(config.id);
    await other.storage('Shared').getByText('1 KB').waitFor();
    await rest.send('PATCH', `${path}/${config.id}`, { name: 'Shared by all' });
    await other.storage('Shared by all').waitFor(SOON);
  }, 60_000);
});

const ALL = ['aws_s3', 'cloudflare_r2', 'backblaze_b2', 'minio', 'sftp', 'ftp'];
