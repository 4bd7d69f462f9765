import { randomUUID } from 'node:crypto';
import { ORGANIZATION_PERMISSIONS } from '@stowage/contracts';
import { signDevelopmentToken } from '@stowage/permissions';
import { eventually } from '../eventually.js';
import { describeConsole } from './console-under-test.js';

describeConsole('the console as time goes by', (console) => {
  const shortToken = (lifetimeS: number) =>
    signDevelopmentToken({
      secret: console.system.secrets.jwtSecret,
      subject: console.user,
      organizations: { [console.organization]: [...ORGANIZATION_PERMISSIONS] },
      lifetimeS,
    });

  it('follows what happens again once the gateway is back', async () => {
    const { id } = await console.create({ ...console.servers.bodies.minio, name: 'First' });
    const settings = await console.open();
    await settings.storage('First').waitFor();
    await settings.page.context().setOffline(true);
    await (await console.rest()).send('PATCH', `/storage-configs/${id}`, { name: 'Renamed' });
    await settings.page.context().setOffline(false);
    await settings.storage('Renamed').waitFor();
  }, 60_000);

  it('keeps what was entered when the session expires, and goes on with a new token', async () => {
    const settings = await console.open(await shortToken(6));
    expect(settings.page.url()).not.toContain('token');
    await settings.addStorage('minio');
    await settings.fillIn('MinIO', console.servers.bodies.minio);
    await settings.sees(/Your session has expired/);
    await settings.field('Access token').fill(await console.token());
    await settings.button('Continue session').click();
    await settings.page.getByText(/Your session has expired/).waitFor({ state: 'detached' });
    await settings.save();
    await settings.storage('MinIO').waitFor();
  }, 60_000);

  it('goes on by a new link of the platform too', async () => {
    const settings = await console.open(await shortToken(6));
    await settings.addStorage('minio');
    await settings.fillIn('MinIO', console.servers.bodies.minio);
    await settings.sees(/Your session has expired/);
    await settings.page.evaluate(`location.hash = 'token=${await console.token()}'`);
    await settings.page.getByText(/Your session has expired/).waitFor({ state: 'detached' });
    expect(settings.page.url()).not.toContain('token');
    await settings.save();
    await settings.storage('MinIO').waitFor();
  }, 60_000);

  it('says that the worker is away, and goes on when it is back', async () => {
    await console.create({ ...console.servers.bodies.minio, name: 'MinIO' });
    const settings = await console.open();
    const [worker] = console.system.workers;
    await worker!.process.signal('SIGSTOP');
    try {
      await settings.choose('MinIO', 'Deactivate');
      await settings.dialog.getByRole('button', { name: 'Deactivate' }).click();
      await settings.dialog.getByRole('alert').waitFor();
    } finally {
      await worker!.process.signal('SIGCONT');
    }
    await eventually(async () => {
      await settings.dialog.getByRole('button', { name: 'Deactivate' }).click();
      await settings.storage('MinIO').getByText('Inactive').waitFor({ timeout: 2000 });
    });
  }, 60_000);

  it('draws of a thousand storages only those in sight, and finds and sorts them all', async () => {
    const config = await console.create({ ...console.servers.bodies.minio, name: 'Storage 0' });
    const many = Array.from({ length: 1000 }, (_, index) => ({
      ...config,
      id: randomUUID(),
      name: `Storage ${index}`,
      total_size_bytes: index,
      is_default: index === 0,
    }));
    const settings = await console.tab();
    const { page } = settings;
    await page.route('**/storage-configs?*', (route) => route.fulfill({ json: many }));
    await settings.open(await console.token());
    await settings.storage('Storage 0').waitFor();
    expect(await page.getByRole('article').count()).toBeLessThan(40);
    await eventually(async () => {
      await page.keyboard.press('End');
      expect(await settings.storage('Storage 999').count()).toBe(1);
    });
    await settings.field('Search storage').fill('storage 512');
    await settings.storage('Storage 512').waitFor();
    expect(await page.getByRole('article').count()).toBe(1);
    await settings.field('Search storage').fill('nothing like it');
    await settings.sees('No storage matches “nothing like it”.');
    await settings.field('Search storage').fill('');
    await page.getByLabel('Sort by').selectOption('Total size');
    await eventually(async () => {
      const names = await page.getByRole('article').getByRole('heading').allTextContents();
      // The default one always comes first.
      expect(names.slice(0, 3)).toEqual(['Storage 0', 'Storage 999', 'Storage 998']);
    });
  }, 60_000);
});
