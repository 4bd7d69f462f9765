import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { describeConsole } from './console-under-test.js';
import { startHoldingS3 } from './s3-in-between.js';

/** As a listing comes; the next ones are on another page. */
const PAGE = 1000;

describeConsole('a storage in the console', (console) => {
  it('becomes the default after a confirmation that names the old one', async () => {
    await console.create({ ...console.servers.bodies.minio, name: 'First' });
    const { id } = await console.create({ ...console.servers.bodies.backblaze_b2, name: 'Second' });
    const settings = await console.open();
    await settings.storage('Second').getByRole('button', { name: 'Set as Default' }).click();
    await settings.dialog.getByText('“First”').waitFor();
    await settings.dialog.getByRole('button', { name: 'Cancel' }).click();
    expect((await console.read(id)).is_default).toBe(false);

    await settings.storage('Second').getByRole('button', { name: 'Set as Default' }).click();
    await settings.dialog.getByRole('button', { name: 'Set as Default' }).click();
    await settings.defaultBadge('Second').waitFor();
    expect(await settings.defaultBadge('First').count()).toBe(0);
    expect((await console.read(id)).is_default).toBe(true);
  }, 60_000);

  it('is edited, and what somebody else changed meanwhile is not overwritten', async () => {
    const { id } = await console.create({ ...console.servers.bodies.minio, name: 'MinIO' });
    const settings = await console.open();
    await settings.choose('MinIO', 'Edit');
    await settings.field('Name').fill('Mine');
    await (await console.rest()).send('PATCH', `/storage-configs/${id}`, { path_prefix: 'theirs/' });
    await settings.button('Save changes').click();
    await settings.sees('Somebody else changed this storage in the meantime.');
    expect(await settings.field('Name').inputValue()).toBe('Mine');
    await settings.button('Save changes').click();
    await settings.page.getByRole('heading', { name: 'Mine' }).waitFor();
    expect(await console.read(id)).toMatchObject({ name: 'Mine', path_prefix: 'theirs/' });
  }, 60_000);

  it('gets new credentials only when they pass', async () => {
    const { id } = await console.create({ ...console.servers.bodies.minio, name: 'MinIO' });
    const settings = await console.open();
    await settings.choose('MinIO', 'Rotate credentials');
    await settings.field('Access Key').fill(String(console.servers.bodies.minio['access_key']));
    await settings.field('Secret Key').fill('not-the-secret');
    await settings.button('Test and replace').click();
    await settings.sees(/^Connection failed: /);
    expect((await console.read(id)).version).toBe(1);

    await settings.field('Secret Key').fill(String(console.servers.bodies.minio['secret_key']));
    await settings.button('Test and replace').click();
    await settings.sees('MinIO uses the new credentials now.');
    expect((await console.read(id)).version).toBe(2);
  }, 60_000);

  it('is deactivated and activated again', async () => {
    const { id } = await console.create({ ...console.servers.bodies.minio, name: 'MinIO' });
    const settings = await console.open();
    await settings.choose('MinIO', 'Deactivate');
    await settings.dialog.getByText('backups that name no storage will fail').waitFor();
    await settings.dialog.getByRole('button', { name: 'Deactivate' }).click();
    await settings.storage('MinIO').getByText('Inactive').waitFor();
    await settings.sees('“MinIO” is the default and inactive: backups that name no storage will fail.');
    expect((await console.read(id)).is_active).toBe(false);

    await settings.choose('MinIO', 'Activate');
    await settings.dialog.getByRole('button', { name: 'Activate' }).click();
    await settings.dialog.waitFor({ state: 'detached' });
    expect((await console.read(id)).is_active).toBe(true);
    await settings.storage('MinIO').getByText('Inactive').waitFor({ state: 'detached' });
  }, 60_000);

  it('is deleted by the keyboard, which is back where it was when the question is declined', async () => {
    const { id } = await console.create({ ...console.servers.bodies.minio, name: 'MinIO' });
    const settings = await console.open();
    const { keyboard } = settings.page;
    const menu = settings.storage('MinIO').getByRole('button', { name: 'More actions' });
    const askToDelete = async () => {
      await menu.focus();
      await keyboard.press('Enter');
      await settings.page.getByRole('menu').waitFor();
      await keyboard.press('End');
      await keyboard.press('Enter');
      await settings.dialog.waitFor();
    };
    await askToDelete();
    await keyboard.press('Escape');
    await settings.dialog.waitFor({ state: 'detached' });
    expect(await menu.evaluate((element) => element.matches(':focus'))).toBe(true);

    await askToDelete();
    await settings.dialog.getByRole('button', { name: 'Delete' }).press('Enter');
    await settings.sees('Backups need a place to go');
    const gone = await (await console.rest()).send('GET', `/storage-configs/${id}`);
    expect(gone.status).toBe(404);
  }, 60_000);

  it('with backups is not deleted: the facts are given, and the ways out', async () => {
    const { id } = await console.create({ ...console.servers.bodies.minio, name: 'MinIO' });
    await console.recordBackup(id);
    const settings = await console.open();
    await settings.choose('MinIO', 'Delete');
    await settings.dialog.getByRole('button', { name: 'Delete' }).click();
    await settings.sees('Cannot delete storage config with 1 backups. Delete or migrate backups first.');
    await settings.dialog.getByRole('button', { name: 'Deactivate it instead' }).waitFor();
    await settings.dialog.getByRole('button', { name: 'See its backups' }).click();
    const row = settings.page.getByRole('row').filter({ hasText: 'Completed' }).filter({ hasText: '1 KB' });
    await row.waitFor();

    await row.getByRole('button', { name: 'Delete backup' }).click();
    await settings.dialog.getByRole('button', { name: 'Delete backup' }).click();
    await settings.sees('No backup is recorded on this storage.');
    expect((await console.read(id)).object_count).toBe(0);
  }, 60_000);

  it('shows all of its backups, page by page', async () => {
    const { id } = await console.create({ ...console.servers.bodies.minio, name: 'MinIO' });
    for (let count = 0; count < 3; count += 1) await console.recordBackup(id);
    const settings = await console.open();
    // A page of one, so that three backups are three pages.
    await settings.page.route('**/backups?*limit=*', (route) =>
      route.continue({
        url: route
          .request()
          .url()
          .replace(/limit=\d+/, 'limit=1'),
      }),
    );
    await settings.openStorage('MinIO');
    const rows = settings.page.getByRole('row').filter({ hasText: 'Completed' });
    for (const shown of [1, 2]) {
      await rows.nth(shown - 1).waitFor();
      await settings.button('Show more').click();
    }
    await rows.nth(2).waitFor();
    await settings.button('Show more').waitFor({ state: 'detached' });
  }, 60_000);

  it('is tested in full on demand', async () => {
    await console.create({ ...console.servers.bodies.minio, name: 'MinIO' });
    const settings = await console.open();
    await settings.choose('MinIO', 'Run full test');
    await settings.sawSuccess();
    await settings.report.getByText('All steps').click();
    for (const step of ['Part of the file read: passed', 'Large upload in parts: passed']) await settings.sees(step);
  }, 60_000);

  it('counts what is stored, and shows how far it is', async () => {
    const { radosgw, bodies } = console.servers;
    const holding = await startHoldingS3(radosgw.endpoint);
    const prefix = 'many/';
    await putObjects(radosgw, String(bodies.minio['bucket']), prefix, PAGE + 10);
    try {
      const body = { ...bodies.minio, endpoint_url: holding.endpoint, path_prefix: prefix };
      await console.create({ ...body, name: 'MinIO' });
      const settings = await console.open();
      await settings.openStorage('MinIO');
      await settings.button('Refresh usage').click();
      await settings.page.getByRole('progressbar', { name: 'Counting what is stored' }).waitFor();
      await settings.sees('1,000 objects, 1,000 B so far');
      expect(await settings.button('Refresh usage').isDisabled()).toBe(true);
      holding.release();
      await settings.sees('1,010 objects, counted just now');
      await settings.page.getByRole('progressbar').waitFor({ state: 'detached' });
    } finally {
      holding.release();
      await holding.stop();
    }
  }, 90_000);

  it('explains a difference between what is stored and what was recorded', async () => {
    const { radosgw, bodies } = console.servers;
    const prefix = 'drift/';
    await putObjects(radosgw, String(bodies.minio['bucket']), prefix, 3);
    const { id } = await console.create({ ...bodies.minio, path_prefix: prefix, name: 'MinIO' });
    const settings = await console.open();
    await settings.openStorage('MinIO');
    await settings.button('Refresh usage').click();
    await settings.sees('3 B more is stored than backups were recorded.');
    await console.recordBackup(id, 2051);
    await settings.button('Refresh usage').click();
    await settings.sees('2 KB less is stored than backups were recorded.');
    await settings.sees('test a restore');
  }, 60_000);

  it('draws its usage and its health over time', async () => {
    const { radosgw, bodies } = console.servers;
    const prefix = 'chart/';
    const { id } = await console.create({ ...bodies.minio, path_prefix: prefix, name: 'MinIO' });
    const rest = await console.rest();
    for (let count = 0; count < 2; count += 1) await rest.send('POST', `/storage-configs/${id}/test`);
    const settings = await console.open();
    await settings.openStorage('MinIO');
    await settings.sees('2 tests in the last 30 days, 0 of them failed');
    await settings.button('Refresh usage').click();
    await settings.sees('0 objects, counted just now');
    await putObjects(radosgw, String(bodies.minio['bucket']), prefix, 3);
    await settings.button('Refresh usage').click();
    await settings.sees('From 0 B to 3 B in the last 30 days');
    const figures = settings.page.getByRole('figure');
    expect(await figures.getByRole('heading').allTextContents()).toEqual(['Latency of tests', 'Stored']);
    for (const figure of await figures.all())
      await figure.locator('.recharts-line-curve').waitFor({ state: 'attached' });
  }, 60_000);
});

/** Of one byte each. */
async function putObjects(
  { endpoint, users }: { endpoint: string; users: { full: { access_key: string; secret_key: string } } },
  Bucket: string,
  prefix: string,
  count: number,
): Promise<void> {
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: users.full.access_key, secretAccessKey: users.full.secret_key },
  });
  const keys = Array.from({ length: count }, (_, index) => `${prefix}${index}`);
  while (keys.length > 0) {
    await Promise.all(
      keys.splice(0, 50).map((Key) => client.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.from('x') }))),
    );
  }
  client.destroy();
}
