import { PROVIDERS } from '@stowage/contracts';
import { DESCRIPTIONS } from '@stowage/providers';
import { visibleAndHiddenText } from './browser.js';
import { describeConsole } from './console-under-test.js';
import { type S3InBetween, startDyingS3, startWrongRegionS3 } from './s3-in-between.js';
import type { StorageSettingsPage } from './storage-settings-page.js';

const BUCKET_REGION = 'eu-west-1';

describeConsole('adding a storage in the console', (console) => {
  it.each(PROVIDERS)(
    'does the quick start by clicks for %s',
    async (provider) => {
      const body = console.servers.bodies[provider];
      const name = `${DESCRIPTIONS[provider].label} Production`;
      const settings = await console.open();
      await settings.addStorage(provider);
      await settings.fillIn(name, body);
      await settings.test();
      if (provider === 'sftp') {
        await settings.sees('Is this your server?');
        await settings.sees(console.servers.sshd.hostKeySha256);
        await settings.button('It is the same: confirm and test again').click();
      }
      await settings.sawSuccess();
      await settings.save();

      const card = settings.storage(name);
      await card.waitFor();
      expect(await settings.defaultBadge(name).isVisible()).toBe(true);
      const document = await visibleAndHiddenText(settings.page);
      for (const field of DESCRIPTIONS[provider].secret_fields) {
        // A user name may be part of any word; the secrets proper may not be anywhere.
        if (field !== 'access_key' && field in body) expect(document).not.toContain(body[field]);
      }

      await card.getByRole('button', { name: 'Test Connection' }).click();
      await settings.sawSuccess();
      await card.getByText('Healthy').waitFor();
    },
    60_000,
  );

  it('can be done with the keyboard alone', async () => {
    const settings = await console.open();
    const { keyboard } = settings.page;
    await tabTo(settings, 'Add Storage Provider');
    await keyboard.press('Enter');
    await settings.button('MinIO').waitFor();
    await tabTo(settings, 'MinIO');
    await keyboard.press('Enter');
    await settings.field('Name').waitFor();
    const { bucket, endpoint_url, access_key, secret_key } = console.servers.bodies.minio;
    const entries = [
      ['Name', 'By keyboard'],
      ['Bucket Name', bucket],
      ['Endpoint URL', endpoint_url],
      ['Access Key', access_key],
      ['Secret Key', secret_key],
    ] as const;
    for (const [label, value] of entries) {
      await tabTo(settings, label);
      await keyboard.type(String(value));
    }
    await tabTo(settings, 'Test Connection');
    await keyboard.press('Space');
    await settings.sawSuccess();
    await tabTo(settings, 'Save Storage Config');
    await keyboard.press('Enter');
    await settings.storage('By keyboard').waitFor();
  }, 60_000);

  it('tells what to do when the secret is wrong, and takes the right one', async () => {
    const settings = await console.open();
    await settings.addStorage('minio');
    await settings.fillIn('MinIO', { ...console.servers.bodies.minio, secret_key: 'not-the-secret' });
    await settings.test();
    await settings.sees(/^Connection failed: /);
    await settings.sees('What to do:');
    await settings.report.getByText('All steps').click();
    const command = settings.report.getByLabel('See it yourself');
    await command.waitFor();
    expect(await command.textContent()).not.toContain('not-the-secret');
    await settings.field('Secret Key').fill(String(console.servers.bodies.minio['secret_key']));
    await settings.test();
    await settings.sawSuccess();
  }, 60_000);

  it('fills the fields in from an address that was pasted', async () => {
    const settings = await console.open();
    await settings.addStorage('minio');
    await settings.field('Bucket Name').focus();
    await paste(settings, 'https://minio.example.com:9000/backups/production/');
    expect(await settings.field('Endpoint URL').inputValue()).toBe('https://minio.example.com:9000');
    expect(await settings.field('Bucket Name').inputValue()).toBe('backups');
    expect(await settings.field('Path Prefix').inputValue()).toBe('production/');
  }, 30_000);

  it('shows refused fields in the words of the API, at their fields', async () => {
    const settings = await console.open();
    await settings.addStorage('cloudflare_r2');
    await settings.field('Name').fill('R2');
    await settings.save();
    await settings.sees('Account ID is required for Cloudflare R2');
    expect(await settings.field('Account ID').getAttribute('aria-invalid')).toBe('true');
  }, 30_000);

  it('shows the least that a key needs for this bucket and folder, to be copied', async () => {
    const settings = await console.open();
    await settings.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await settings.addStorage('aws_s3');
    await settings.field('Bucket Name').fill('company-backups');
    await settings.field('Path Prefix').fill('odoo/');
    await settings.button('Show the least that a key needs').click();
    await settings.sees('arn:aws:s3:::company-backups/odoo/*');
    await settings.button('Copy').first().click();
    await settings.button('Copied').waitFor();
    const copied = await settings.page.evaluate<string>('navigator.clipboard.readText()');
    expect(JSON.parse(copied)).toMatchObject({ Version: '2012-10-17' });
    expect(copied).toContain('arn:aws:s3:::company-backups/odoo/*');
  }, 30_000);

  it('ends a test with a cause when the server dies in the middle of it, and keeps what was entered', async () => {
    const dying = await startDyingS3(console.servers.radosgw.endpoint);
    try {
      const settings = await console.open();
      await settings.addStorage('minio');
      await settings.fillIn('Dying', { ...console.servers.bodies.minio, endpoint_url: dying.endpoint });
      await settings.test();
      await settings.sees(/^Connection failed: /);
      await settings.line('Bucket exists', 'passed').waitFor();
      await settings.line('Can write to bucket', 'failed').waitFor();
      await settings.line('Can read from bucket', 'not reached').waitFor();
      expect(await settings.field('Name').inputValue()).toBe('Dying');
      expect(await settings.button('Test Connection').isEnabled()).toBe(true);
    } finally {
      await dying.stop();
    }
  }, 60_000);
});

describe('a bucket in another region', () => {
  let aws: S3InBetween;
  afterAll(() => aws?.stop());

  describeConsole(
    'than the one that was entered',
    (console) => {
      it('is repaired by one click', async () => {
        const settings = await console.open();
        await settings.addStorage('aws_s3');
        await settings.fillIn('AWS', { ...console.servers.bodies.aws_s3, region: 'us-east-1' });
        await settings.test();
        await settings.sees(`the region 'us-east-1' is wrong; expecting '${BUCKET_REGION}'`);
        await settings.button('Apply and test again').click();
        await settings.sawSuccess();
        expect(await settings.field('Region').inputValue()).toBe(BUCKET_REGION);
      }, 60_000);

      it('is repaired by one click also after it was saved', async () => {
        const { id } = await console.create({ ...console.servers.bodies.aws_s3, name: 'AWS', region: 'us-east-1' });
        const settings = await console.open();
        await settings.test();
        await settings.button('Apply and test again').click();
        await settings.sawSuccess();
        expect((await console.read(id)).region).toBe(BUCKET_REGION);
      }, 60_000);
    },
    {
      environment: async ({ radosgw, devEndpoints }) => {
        aws = await startWrongRegionS3(radosgw.endpoint, BUCKET_REGION);
        return { STORAGE_DEV_ENDPOINTS: JSON.stringify({ ...devEndpoints, aws_s3: aws.endpoint }) };
      },
    },
  );
});

/** Presses Tab until the focus is on what has this label. */
async function tabTo(settings: StorageSettingsPage, name: string): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    await settings.page.keyboard.press('Tab');
    const focused = settings.page.locator(':focus');
    if ((await focused.count()) === 0) continue;
    const id = await idOfField(settings, name);
    if (id !== null && (await focused.getAttribute('id')) === id) return;
    if ((await focused.textContent())?.trim() === name) return;
  }
  throw new Error(`Tab never comes to ${name}`);
}

async function idOfField(settings: StorageSettingsPage, label: string): Promise<string | null> {
  const field = settings.field(label);
  return (await field.count()) === 0 ? null : field.getAttribute('id');
}

async function paste({ page }: StorageSettingsPage, text: string): Promise<void> {
  await page.evaluate(`
    const data = new DataTransfer();
    data.setData('text/plain', ${JSON.stringify(text)});
    document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  `);
}
