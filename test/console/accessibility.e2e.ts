import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import type { StorageConfig } from '@stowage/contracts';
import { describeOnServers, startSandboxS3, type SandboxS3 } from '../../tools/servers/index.js';
import { startChromium } from '../../tools/servers/chromium.js';
import { startSystem, type System } from '../../tools/system/index.js';
import { RestClient } from '../rest-client.js';
import { accessibilityViolations, openTab } from './browser.js';

const NARROW = { width: 360, height: 740 };

describeOnServers(['rabbitmq', 'chromium'], 'the accessibility of the console', () => {
  let s3: SandboxS3;
  let system: System;
  let browser: Browser;
  let config: StorageConfig;
  const organization = randomUUID();
  const empty = randomUUID();

  beforeAll(async () => {
    s3 = await startSandboxS3();
    system = await startSystem();
    browser = await startChromium();
    const rest = new RestClient(system.api, await system.token({ [organization]: 'all' }));
    const minio = { provider: 'minio', endpoint_url: s3.endpoint, bucket: s3.bucket };
    const configs = `/storage-configs?organization_id=${organization}`;
    const created = await rest.send<StorageConfig>('POST', configs, { ...minio, ...s3.users.full, name: 'Healthy' });
    config = created.body;
    const failing = { ...minio, ...s3.users.full, secret_key: 'wrong', name: 'Failing' };
    const { body } = await rest.send<StorageConfig>('POST', configs, failing);
    for (const { id } of [config, body]) await rest.send('POST', `/storage-configs/${id}/test`);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await system?.stop();
    await s3?.stop();
  }, 60_000);

  const STATES: [string, (id: string) => string, (page: Page) => Promise<void>][] = [
    ['the empty page', () => `?organization=${empty}`, (page) => page.getByText('Backups need a place').waitFor()],
    ['the list', () => `?organization=${organization}`, (page) => page.getByText('Failing').first().waitFor()],
    [
      'the choice of a provider',
      () => '?view=add',
      async (page) => {
        await page.getByText('Compare all features').first().click();
        await page.getByRole('cell', { name: 'DIY' }).waitFor();
      },
    ],
    [
      'a form with refused fields',
      () => '?view=add',
      async (page) => {
        await page.getByRole('button', { name: 'SFTP' }).click();
        await page.getByRole('button', { name: 'Save Storage Config' }).click();
        await page.locator('[aria-invalid=true]').first().waitFor();
      },
    ],
    [
      'a failed test',
      () => `?organization=${organization}`,
      async (page) => {
        const card = page.getByRole('article', { name: 'Failing' });
        await card.getByRole('button', { name: 'Test Connection' }).click();
        await page.getByText(/^Connection failed: /).waitFor();
        await page.getByText('All steps').click();
      },
    ],
    [
      'a question',
      () => `?organization=${organization}`,
      async (page) => {
        await page.getByRole('button', { name: 'Set as Default' }).click();
        await page.getByRole('alertdialog').waitFor();
      },
    ],
    [
      'a menu',
      () => `?organization=${organization}`,
      async (page) => {
        await page.getByRole('button', { name: 'More actions' }).first().click();
        await page.getByRole('menuitem', { name: 'Edit' }).waitFor();
      },
    ],
    [
      'the page of a storage',
      (id) => `?organization=${organization}&view=storage&id=${id}`,
      (page) => page.getByText('No backup is recorded').waitFor(),
    ],
    [
      'the edit form',
      (id) => `?organization=${organization}&view=edit&id=${id}`,
      (page) => page.getByRole('button', { name: 'Save changes' }).waitFor(),
    ],
    ['the platform', () => '?area=platform', (page) => page.getByText('Bring your own storage').waitFor()],
  ];

  describe.each(['light', 'dark'] as const)('%s', (colorScheme) => {
    it.each(STATES)(
      '%s has no violation of WCAG 2.2 AA, wide or narrow',
      async (_name, search, reach) => {
        const { page, faults } = await openTab(browser, { colorScheme });
        const token = await system.token({ [organization]: 'all', [empty]: 'all' }, { platform: true });
        await page.goto(`${system.gateways[0]!.url}/${search(config.id)}#token=${token}`);
        await reach(page);
        expect(await accessibilityViolations(page)).toEqual([]);
        await page.setViewportSize(NARROW);
        expect(await accessibilityViolations(page)).toEqual([]);
        expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(NARROW.width);
        expect(faults).toEqual([]);
        await page.context().close();
      },
      60_000,
    );
  });

  it('is entered with a token, and says so without one', async () => {
    const { page } = await openTab(browser);
    await page.goto(system.gateways[0]!.url);
    await page.getByRole('heading', { name: 'Open storage settings from your platform' }).waitFor();
    expect(await accessibilityViolations(page)).toEqual([]);
    await page.context().close();
  }, 30_000);
});
