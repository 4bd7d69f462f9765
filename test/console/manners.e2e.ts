import type { Page } from 'playwright-core';
import { accessibilityViolations, openTab } from './browser.js';
import { describeSeededConsole } from './seeded-console.js';

/** The last as narrow as WCAG 2.2 wants it to work (1.4.10 Reflow). */
const WIDTHS = [1280, 768, 390, 320];
const HEIGHT = 800;

describeSeededConsole('the manners of the console', (console) => {
  const STATES: [string, (id: string) => string, (page: Page) => Promise<void>][] = [
    [
      'the empty page',
      () => `?organization=${console.empty}`,
      (page) => page.getByText('Backups need a place').waitFor(),
    ],
    ['the list', () => `?organization=${console.organization}`, (page) => page.getByText('Failing').first().waitFor()],
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
      () => `?organization=${console.organization}`,
      async (page) => {
        const card = page.getByRole('article', { name: 'Failing' });
        await card.getByRole('button', { name: 'Test Connection' }).click();
        await page.getByText(/^Connection failed: /).waitFor();
        await page.getByText('All steps').click();
      },
    ],
    [
      'a question',
      () => `?organization=${console.organization}`,
      async (page) => {
        await page.getByRole('button', { name: 'Set as Default' }).click();
        await page.getByRole('alertdialog').waitFor();
      },
    ],
    [
      'a menu',
      () => `?organization=${console.organization}`,
      async (page) => {
        await page.getByRole('button', { name: 'More actions' }).first().click();
        await page.getByRole('menuitem', { name: 'Edit' }).waitFor();
      },
    ],
    [
      'the page of a storage',
      (id) => `?organization=${console.organization}&view=storage&id=${id}`,
      async (page) => {
        await page.getByRole('cell', { name: 'Completed' }).waitFor();
        await page.locator('.recharts-line-curve').first().waitFor({ state: 'attached' });
      },
    ],
    [
      'a refused deletion',
      (id) => `?organization=${console.organization}&view=storage&id=${id}`,
      async (page) => {
        await page.getByRole('button', { name: 'More actions' }).click();
        await page.getByRole('menuitem', { name: 'Delete' }).click();
        await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
        await page.getByText('See its backups').waitFor();
      },
    ],
    [
      'a form with a policy',
      () => '?view=add',
      async (page) => {
        await page.getByRole('button', { name: 'AWS S3' }).click();
        await page.getByLabel('Bucket Name').fill('backups');
        await page.getByRole('button', { name: 'Show the least that a key needs' }).click();
        await page.locator('pre').first().waitFor();
      },
    ],
    [
      'a form with a key that was made',
      () => '?view=add',
      async (page) => {
        await page.getByRole('button', { name: 'SFTP' }).click();
        await page.getByRole('button', { name: 'Make a key for me' }).click();
        await page.getByText(/ ssh-ed25519 /).waitFor();
      },
    ],
    [
      'the form for new credentials',
      (id) => `?organization=${console.organization}&view=rotate&id=${id}`,
      (page) => page.getByRole('button', { name: 'Test and replace' }).waitFor(),
    ],
    [
      'the audit',
      () => `?organization=${console.organization}&view=audit`,
      (page) => page.getByText('Storage added').first().waitFor(),
    ],
    [
      'the edit form',
      (id) => `?organization=${console.organization}&view=edit&id=${id}`,
      (page) => page.getByRole('button', { name: 'Save changes' }).waitFor(),
    ],
    [
      'the platform',
      () => '?area=platform',
      async (page) => {
        await page.getByText('Bring your own storage').waitFor();
        await page.getByText('Allow a network').click();
        await page.getByRole('button', { name: 'Allow', exact: true }).waitFor();
      },
    ],
    [
      'the audit of the platform',
      () => '?area=platform&view=audit',
      (page) => page.getByText('Nothing has been done yet').waitFor(),
    ],
    [
      'an expired session',
      () => `?organization=${console.organization}`,
      async (page) => {
        await page.getByRole('article').first().waitFor();
        await page.route('**/storage-configs/*/test*', (route) => route.fulfill({ status: 401 }));
        await page.getByRole('button', { name: 'Test Connection' }).first().click();
        await page.getByText(/Your session has expired/).waitFor();
      },
    ],
  ];

  describe.each(['light', 'dark'] as const)('%s', (colorScheme) => {
    it.each(STATES)(
      '%s has no violation of WCAG 2.2 AA, however wide',
      async (_name, search, reach) => {
        const { page, faults } = await openTab(console.browser, { colorScheme });
        await page.goto(await console.address(search(console.config.id)));
        await reach(page);
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: HEIGHT });
          expect(await accessibilityViolations(page)).toEqual([]);
          expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
        }
        expect(faults).toEqual([]);
        await page.context().close();
      },
      60_000,
    );
  });

  it('is entered with a token, and says so without one', async () => {
    const { page } = await openTab(console.browser);
    await page.goto(console.system.gateways[0]!.url);
    await page.getByRole('heading', { name: 'Open storage settings from your platform' }).waitFor();
    expect(await accessibilityViolations(page)).toEqual([]);
    await page.context().close();
  }, 30_000);
});
