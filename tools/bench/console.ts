import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import type { StorageConfig } from '@stowage/contracts';
import { startChromium } from '../servers/chromium.js';
import type { System } from '../system/index.js';
import type { Bench } from './bench.js';
import { Sample } from './measure.js';

const CONSOLE = join(process.cwd(), 'dist', 'apps', 'console');
const LOADS = 9;
const STORAGES = 1000;
const SCROLLS = 120;
/** A frame: 7 200 px in a second at 60 Hz, faster than anybody reads. */
const SCROLL_STEP_PX = 120;
const CHANGES = 20;
/** A frame at 60 Hz; from here on one was missed. */
const LONG_FRAME_MS = 34;

/**
 * The console in Chromium: its weight, how soon it can be used from a gateway that was just started, whether a long list
 * scrolls, and how soon one tab shows what was done elsewhere.
 */
export const consoleInBrowser: Bench = {
  name: 'console',
  async run({ system, organizationId, token }) {
    const browser = await startChromium();
    try {
      return [
        `The console in Chromium (ours / floor), first load script ${(scriptBytes() / 1000).toFixed(0)} kB gzipped`,
        await interactive(browser, system, token),
        await scrolling(browser, system, organizationId, token),
        await otherTab(browser, system, organizationId, token),
      ];
    } finally {
      await browser.close();
    }
  },
};

/** What index.html asks for before anything is shown. */
function scriptBytes(): number {
  const html = readFileSync(join(CONSOLE, 'index.html'), 'utf8');
  return [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)]
    .map(([, path]) => gzipSync(readFileSync(join(CONSOLE, path!))).length)
    .reduce((sum, size) => sum + size, 0);
}

/**
 * From the address to a list whose buttons answer, with an empty cache; the floor is a bare page of the same gateway. The
 * first load is that of a gateway that has served nothing yet.
 */
async function interactive(browser: Browser, system: System, token: string): Promise<string> {
  const { url } = await system.startGateway();
  const ours: number[] = [];
  const floor: number[] = [];
  for (let load = 0; load < LOADS; load++) {
    ours.push(
      await timed(browser, async (page) => {
        await page.goto(`${url}/#token=${token}`);
        await page.getByRole('button', { name: 'Test Connection' }).first().click({ trial: true });
      }),
    );
    floor.push(await timed(browser, (page) => page.goto(`${url}/health/live`)));
  }
  const [cold] = ours as [number];
  const [mine, bare] = [new Sample(ours.slice(1)), new Sample(floor.slice(1))];
  return (
    `  list with buttons that answer, empty cache   cold gateway ${cold.toFixed(0)} ms, then p50 ` +
    `${mine.percentile(0.5).toFixed(0)} / ${bare.percentile(0.5).toFixed(0)} ms`
  );
}

async function timed(browser: Browser, load: (page: Page) => Promise<unknown>): Promise<number> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const began = performance.now();
  await load(page);
  const duration = performance.now() - began;
  await context.close();
  return duration;
}

/** Frames of a list of 1 000 storages that is scrolled fast; the floor is the same way down an empty page. */
async function scrolling(browser: Browser, system: System, organizationId: string, token: string): Promise<string> {
  const page = await browser.newPage();
  const many = await manyStorages(system, organizationId, token);
  await page.route('**/storage-configs?*', (route) => route.fulfill({ json: many }));
  await page.goto(`${system.gateways[0]!.url}/#token=${token}`);
  await page.getByRole('article').first().waitFor();
  const ours = await framesOfScrolling(page);
  await page.evaluate(`document.body.innerHTML = '<div id="tall"></div>';
    document.querySelector('#tall').style.height = '180000px'`);
  const floor = await framesOfScrolling(page);
  await page.close();
  const long = (frames: number[]) => frames.filter((frame) => frame > LONG_FRAME_MS).length;
  const p99 = (frames: number[]) => new Sample(frames).percentile(0.99).toFixed(0);
  return (
    `  ${STORAGES} storages scrolled, ${SCROLLS} frames          longer than ${LONG_FRAME_MS} ms ` +
    `${long(ours)} / ${long(floor)}, p99 ${p99(ours)} / ${p99(floor)} ms`
  );
}

async function manyStorages({ api }: System, organizationId: string, token: string): Promise<StorageConfig[]> {
  const answer = await fetch(`${api}/storage-configs?organization_id=${organizationId}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const [config] = (await answer.json()) as StorageConfig[];
  return Array.from({ length: STORAGES }, (_, index) => ({
    ...config!,
    id: randomUUID(),
    name: `Storage ${index}`,
    is_default: index === 0,
  }));
}

/** Milliseconds between the frames while the page goes down by a step a frame. */
function framesOfScrolling(page: Page): Promise<number[]> {
  return page.evaluate<number[]>(`new Promise((resolve) => {
    const frames = [];
    let before = performance.now();
    window.scrollTo(0, 0);
    const next = (now) => {
      frames.push(now - before);
      before = now;
      if (frames.length > ${SCROLLS}) return resolve(frames.slice(1));
      window.scrollBy(0, ${SCROLL_STEP_PX});
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  })`);
}

/** From the answer to a change to the tab that shows it; the floor is one look at the API. */
async function otherTab(browser: Browser, system: System, organizationId: string, token: string): Promise<string> {
  const page = await browser.newPage();
  await page.goto(`${system.gateways[0]!.url}/?organization=${organizationId}#token=${token}`);
  await page.getByRole('article').first().waitFor();
  const list = `${system.api}/storage-configs?organization_id=${organizationId}`;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const [config] = (await (await fetch(list, { headers })).json()) as StorageConfig[];
  const ours: number[] = [];
  const floor: number[] = [];
  for (let change = 0; change < CHANGES; change++) {
    const name = `Storage ${randomUUID().slice(0, 8)}`;
    const body = JSON.stringify({ name });
    await (await fetch(`${system.api}/storage-configs/${config!.id}`, { method: 'PATCH', headers, body })).text();
    const changed = performance.now();
    await page.getByRole('article', { name }).waitFor();
    ours.push(performance.now() - changed);
    const began = performance.now();
    await (await fetch(list, { headers })).text();
    floor.push(performance.now() - began);
  }
  await page.close();
  const [mine, bare] = [new Sample(ours), new Sample(floor)];
  const figures = (share: number) => `${mine.percentile(share).toFixed(0)} / ${bare.percentile(share).toFixed(0)} ms`;
  return `  a change elsewhere is shown in an open tab   p50 ${figures(0.5)}, p99 ${figures(0.99)}`;
}
