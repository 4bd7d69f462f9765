import type { Page } from 'playwright-core';
import { openTab } from './browser.js';
import { describeSeededConsole } from './seeded-console.js';

const HEIGHT = 900;

describeSeededConsole('what comes to a page of the console', (console) => {
  const arrives: [string, (id: string) => string, (page: Page) => Promise<void>][] = [
    [
      'the list, its menus and its first test',
      () => `?organization=${console.organization}`,
      async (page) => {
        await page.getByRole('button', { name: 'More actions' }).nth(1).waitFor();
      },
    ],
    [
      'a new form, while its test runs',
      () => `?organization=${console.organization}&view=add`,
      async (page) => {
        await page.getByRole('button', { name: 'MinIO' }).click();
        await page.getByLabel('Endpoint URL').fill(console.s3.endpoint);
        await page.getByLabel('Bucket Name').fill(console.s3.bucket);
        await page.getByLabel('Access Key').fill(console.s3.users.full.access_key);
        await page.getByLabel('Secret Key').fill(console.s3.users.full.secret_key);
        await page.getByRole('button', { name: 'Test Connection' }).click();
        await page.getByText('Connection test successful').waitFor();
      },
    ],
    [
      'the page of a storage, with its charts, backups and a usage refresh',
      (id) => `?organization=${console.organization}&view=storage&id=${id}`,
      async (page) => {
        await page.locator('.recharts-line-curve').first().waitFor({ state: 'attached' });
        await page.getByRole('cell', { name: 'Completed' }).waitFor();
        await page.getByRole('button', { name: 'Refresh usage' }).click();
        await page.getByText(/objects, counted/).waitFor();
      },
    ],
    [
      'the audit',
      () => `?organization=${console.organization}&view=audit`,
      (page) => page.getByText('Storage added').first().waitFor(),
    ],
    [
      'the platform',
      () => '?area=platform',
      async (page) => {
        await page.getByText('Bring your own storage').waitFor();
        await page.getByText('None: storage must be').waitFor();
        await page.getByText('Backups need a place to go').waitFor();
      },
    ],
  ];

  describe.each([390, 768, 1280])('%i px wide', (width) => {
    it.each(arrives)(
      'moves nothing, light or dark: %s',
      async (_name, search, arrive) => {
        for (const colorScheme of ['light', 'dark'] as const) {
          const { page } = await openTab(console.browser, { colorScheme, viewport: { width, height: HEIGHT } });
          await page.addInitScript(COUNT_LAYOUT_SHIFTS);
          await page.goto(await console.address(search(console.config.id)));
          await arrive(page);
          expect(await page.evaluate<unknown[]>('window.layoutShifts')).toEqual([]);
          await page.context().close();
        }
      },
      90_000,
    );
  });
});

/** Those that no click or key explains, each with what moved. */
const COUNT_LAYOUT_SHIFTS = `
  window.layoutShifts = [];
  new PerformanceObserver((list) => {
    for (const { hadRecentInput, value, sources } of list.getEntries()) {
      const moved = sources.map(({ node, previousRect, currentRect }) =>
        [node?.className || node?.nodeName, previousRect.y, currentRect.y].join(' '));
      if (!hadRecentInput) window.layoutShifts.push({ value, moved });
    }
  }).observe({ type: 'layout-shift', buffered: true });
`;
