import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { startChromium } from '../servers/chromium.js';
import { startSandboxS3 } from '../servers/index.js';
import { startSystem, type System } from '../system/index.js';
import { seed, type Seeded } from './seed.js';
import { SHOTS } from './shots.js';

const FOLDER = join(process.cwd(), 'docs', 'screenshots');
const WIDE = { width: 1280, height: 860 };
const NARROW = { width: 390, height: 844 };

const s3 = await startSandboxS3();
const endpoints = { aws_s3: s3.endpoint, cloudflare_r2: s3.endpoint, backblaze_b2: s3.endpoint };
const system = await startSystem({ environment: { STORAGE_DEV_ENDPOINTS: JSON.stringify(endpoints) } });
const browser = await startChromium();
try {
  mkdirSync(FOLDER, { recursive: true });
  const seeded = await seed(system, s3);
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const { name, search, reach, narrow } of SHOTS) {
      const page = await openPage(browser, colorScheme, narrow ? NARROW : WIDE);
      await page.goto(await addressOf(system, seeded, search(seeded)));
      await reach(page, s3);
      await page.screenshot({ path: join(FOLDER, `${name}-${colorScheme}.png`) });
      await page.context().close();
      console.log(`${name}-${colorScheme}.png`);
    }
  }
} finally {
  await browser.close();
  await system.stop();
  await s3.stop();
}

async function openPage(browser: Browser, colorScheme: 'light' | 'dark', viewport: typeof WIDE): Promise<Page> {
  const context = await browser.newContext({ colorScheme, viewport, reducedMotion: 'reduce' });
  return context.newPage();
}

async function addressOf(system: System, { organization, empty }: Seeded, search: string) {
  const granted = search.includes(empty) ? { [empty]: 'all' as const } : { [organization]: 'all' as const };
  return `${system.gateways[0]!.url}/${search}#token=${await system.token(granted, { platform: search.includes('platform') })}`;
}
