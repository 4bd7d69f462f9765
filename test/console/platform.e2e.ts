import type { StorageConfig } from '@stowage/contracts';
import { administratorOf, openPlatform } from './administrator.js';
import { describeConsole } from './console-under-test.js';

const NETWORK = '10.20.0.0/16';

describeConsole('the platform administrator in the console', (console) => {
  afterEach(async () => {
    const rest = await administratorOf(console);
    const all = { allow_org_byos: true, enabled_providers: ALL };
    await rest.send('PATCH', '/storage-settings', all);
    await rest.send('PUT', '/platform/egress-allowances', { allowances: [] });
    const { body } = await rest.send<StorageConfig[]>('GET', '/platform/storage-configs');
    for (const { id } of body) await rest.send('DELETE', `/platform/storage-configs/${id}`);
  });

  it('switches a provider off: it cannot be chosen any more', async () => {
    const platform = await openPlatform(console);
    await platform.page.getByRole('switch', { name: 'FTP', exact: true }).click();
    await platform.sees('Saved.');
    const settings = await console.open();
    await settings.button('Add Storage Provider').click();
    await settings.sees('Switched off on this platform');
    expect(await settings.button('FTP').isDisabled()).toBe(true);
    expect(await settings.button('SFTP').isEnabled()).toBe(true);
  }, 60_000);

  it('switches storage of organizations off: they are told, and keep what they have', async () => {
    await console.create({ ...console.servers.bodies.minio, name: 'Kept' });
    const platform = await openPlatform(console);
    await platform.page.getByRole('switch', { name: /^Bring your own storage/ }).click();
    await platform.sees('Saved.');
    const settings = await console.open();
    await settings.storage('Kept').waitFor();
    await settings.sees('Organizations cannot add storage of their own on this platform.');
    expect(await settings.button('Add Storage Provider').count()).toBe(0);
  }, 60_000);

  it('opens a private network and closes it again', async () => {
    const platform = await openPlatform(console);
    await platform.page.getByText('Allow a network').click();
    await platform.field('Network').fill('10.0.0.0/8');
    await platform.field('Ports').fill('9000, 9001');
    await platform.page.getByRole('checkbox', { name: 'SFTP' }).check();
    await platform.page.getByRole('textbox', { name: 'Organizations' }).fill(console.organization);
    await platform.button('Allow').click();
    await platform.sees(/wide/);
    expect(await platform.field('Ports').inputValue()).toBe('9000, 9001');

    await platform.field('Network').fill(NETWORK);
    await platform.button('Allow').click();
    const row = platform.page.getByRole('row').filter({ hasText: NETWORK });
    await row.getByText(console.organization).waitFor();
    expect(await row.getByRole('cell').allTextContents()).toEqual(
      expect.arrayContaining(['9000, 9001', 'minio, sftp', console.organization]),
    );
    await row.getByRole('button', { name: `Remove ${NETWORK}` }).click();
    await platform.sees('None: storage must be at public addresses.');
  }, 60_000);

  it('keeps storage of the platform: adds, tests, edits, makes it the default and deletes it', async () => {
    const platform = await openPlatform(console);
    await platform.addStorage('minio');
    await platform.fillIn('Shared', console.servers.bodies.minio);
    await platform.test();
    await platform.sawSuccess();
    await platform.save();
    await platform.defaultBadge('Shared').waitFor();

    const settings = await console.open();
    await settings.sees('Until then your backups go to the storage that your platform provides.');

    await platform.test();
    await platform.sawSuccess();
    await platform.choose('Shared', 'Edit');
    await platform.field('Name').fill('Shared by all');
    await platform.button('Save changes').click();
    await platform.page.getByRole('heading', { name: 'Shared by all' }).waitFor();
    await platform.button('All storage').click();
    await platform.choose('Shared by all', 'Delete');
    await platform.dialog.getByRole('button', { name: 'Delete' }).click();
    await platform.sees('Backups need a place to go');
  }, 60_000);

  it('sees what was done on the platform, and by whom', async () => {
    const platform = await openPlatform(console);
    await platform.page.getByRole('switch', { name: 'FTP', exact: true }).click();
    await platform.sees('Saved.');
    await (
      await administratorOf(console)
    ).send('PUT', '/platform/egress-allowances', {
      allowances: [{ cidr: NETWORK, ports: [22], providers: ['sftp'] }],
    });
    await platform.button('Audit').click();
    const rows = platform.page.getByRole('row').filter({ hasText: `user:${console.user}` });
    await rows
      .filter({ hasText: 'Private networks changed' })
      .filter({ hasText: `after: ${NETWORK}` })
      .waitFor();
    await rows.filter({ hasText: 'Settings changed' }).filter({ hasText: 'Changed: enabled_providers' }).waitFor();
    await platform.page.getByRole('button', { name: 'Platform' }).first().click();
    await platform.sees('Bring your own storage');
  }, 60_000);
});

describeConsole('the audit of an organization in the console', (console) => {
  it('tells the newest first, page by page, and live', async () => {
    const { id } = await console.create({ ...console.servers.bodies.minio, name: 'MinIO 0' });
    const rest = await console.rest();
    const rename = (number: number) => rest.send('PATCH', `/storage-configs/${id}`, { name: `MinIO ${number}` });
    for (let number = 1; number <= 60; number += 1) await rename(number);
    const settings = await console.open();
    await settings.button('Audit').click();
    const rows = settings.page.getByRole('row').filter({ hasText: `user:${console.user}` });
    await rows.nth(49).waitFor();
    expect(await rows.count()).toBe(50);
    await settings.button('Show more').click();
    await rows.nth(60).waitFor();
    expect(await rows.last().textContent()).toContain('Storage added');
    expect(await rows.first().textContent()).toContain('Changed: name');
    expect(await settings.button('Show more').count()).toBe(0);

    await rename(61);
    await rows.nth(61).waitFor();
    await rows.filter({ hasText: 'MinIO 61' }).first().waitFor();
  }, 60_000);

  it('is for those who may change storage', async () => {
    await console.create({ ...console.servers.bodies.minio, name: 'MinIO' });
    const token = await console.system.token({ [console.organization]: ['org.storage.list'] }, { user: console.user });
    const settings = await console.open(token);
    await settings.storage('MinIO').waitFor();
    expect(await settings.button('Audit').count()).toBe(0);
    await settings.enter(token, '?view=audit');
    await settings.page.getByRole('alert').waitFor();
  }, 60_000);
});

describeConsole(
  'settings that the environment fixes',
  (console) => {
    it('stay as they are, and it is said which variable rules', async () => {
      const platform = await openPlatform(console);
      const ftp = platform.page.getByRole('switch', { name: 'FTP', exact: true });
      expect(await ftp.isChecked()).toBe(false);
      await ftp.click();
      const group = platform.page.getByRole('group', { name: 'Enabled providers' });
      await group.getByText('fixed by the environment variable ENABLED_PROVIDERS').waitFor();
      expect(await ftp.isChecked()).toBe(false);

      // The other setting is not fixed.
      await platform.page.getByRole('switch', { name: /^Bring your own storage/ }).click();
      await platform.sees('Saved.');
      expect(await platform.page.getByRole('alert').count()).toBe(0);
    }, 60_000);
  },
  { environment: async () => ({ ENABLED_PROVIDERS: 'cloudflare_r2,aws_s3,backblaze_b2,minio,sftp' }) },
);

const ALL = ['aws_s3', 'cloudflare_r2', 'backblaze_b2', 'minio', 'sftp', 'ftp'];
