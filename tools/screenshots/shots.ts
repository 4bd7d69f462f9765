import type { Page } from 'playwright-core';
import type { SandboxS3 } from '../servers/index.js';
import type { Seeded } from './seed.js';

export interface Shot {
  name: string;
  search: (seeded: Seeded) => string;
  /** Brings the page into the state to be shown. */
  reach: (page: Page, s3: SandboxS3) => Promise<void>;
  narrow?: boolean;
}

const listed = (page: Page) => page.getByRole('button', { name: 'More actions' }).nth(2).waitFor();
const click = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).first().click();

/** The main states of the console. */
export const SHOTS: Shot[] = [
  {
    name: 'empty',
    search: ({ empty }) => `?organization=${empty}`,
    reach: (page) => page.getByText('Backups need a place to go').waitFor(),
  },
  { name: 'storages', search: () => '', reach: listed },
  { name: 'storages-narrow', search: () => '', reach: listed, narrow: true },
  {
    name: 'providers',
    search: () => '?view=add',
    reach: (page) => page.getByText('Recommended', { exact: true }).waitFor(),
  },
  {
    name: 'test-passed',
    search: () => '?view=add',
    reach: async (page, s3) => {
      await click(page, 'Cloudflare R2');
      await fillIn(page, s3.bucket, s3.users.full.access_key, s3.users.full.secret_key);
      await click(page, 'Test Connection');
      await page.getByText('Connection test successful').waitFor();
    },
  },
  {
    name: 'test-failed',
    search: () => '?view=add',
    reach: async (page, s3) => {
      await click(page, 'Cloudflare R2');
      await fillIn(page, s3.bucket, s3.users.full.access_key, 'not-the-secret-of-this-key');
      await click(page, 'Test Connection');
      await page.getByText(/^Connection failed: /).waitFor();
    },
  },
  {
    name: 'storage',
    search: ({ organization, shown }) => `?organization=${organization}&view=storage&id=${shown.id}`,
    reach: async (page) => {
      await page.locator('.recharts-line').first().waitFor();
      await page.getByRole('cell', { name: 'Completed' }).first().waitFor();
    },
  },
  {
    name: 'audit',
    search: ({ organization }) => `?organization=${organization}&view=audit`,
    reach: (page) => page.getByText('Storage added').first().waitFor(),
  },
  {
    name: 'platform',
    search: () => '?area=platform',
    reach: (page) => page.getByText('Bring your own storage').waitFor(),
  },
];

async function fillIn(page: Page, bucket: string, accessKey: string, secretKey: string): Promise<void> {
  await page.getByLabel('Name', { exact: true }).fill('Second copy');
  await page.getByLabel('Bucket Name').fill(bucket);
  await page.getByLabel('Account ID').fill('a1b2c3d4'.repeat(4));
  await page.getByLabel('Access Key').fill(accessKey);
  await page.getByLabel('Secret Key').fill(secretKey);
}
