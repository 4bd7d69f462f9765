import { randomUUID } from 'node:crypto';
import { openTab } from './browser.js';
import { describeConsole } from './console-under-test.js';
import { startRudeS3 } from './s3-in-between.js';

const MARKUP = '<img src=x onerror="window.intruded=1">';

describeConsole('the console and what it must not trust', (console) => {
  it('sends a policy that allows its own files and nothing inline', async () => {
    const answer = await fetch(console.system.gateways[0]!.url);
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("style-src 'self'");
    expect(policy).not.toContain('unsafe');
  });

  it('would notice a breach of that policy, and lets none run', async () => {
    const { page, faults } = await openTab(console.browser);
    await page.goto(console.system.gateways[0]!.url);
    await page.evaluate(`
      const script = document.createElement('script');
      script.textContent = 'window.intruded = 1';
      document.body.append(script);
    `);
    expect(await page.evaluate('window.intruded')).toBeUndefined();
    expect(faults).toEqual([expect.stringContaining('Content Security Policy')]);
    await page.context().close();
  });

  it('shows markup in names, paths and notes as the text that it is, on every view', async () => {
    const directory = `data/${MARKUP}`;
    const { id } = await console.create({
      ...console.servers.bodies.sftp,
      name: MARKUP,
      bucket: directory,
      path_prefix: MARKUP,
    });
    const settings = await console.open();
    await settings.sees(MARKUP);
    await settings.test();
    await settings.sees(/^Connection failed: /);
    await settings.choose(MARKUP, 'Delete');
    await settings.dialog.getByText(`Delete “${MARKUP}”?`).waitFor();
    const token = await console.token();
    for (const view of [`view=storage&id=${id}`, `view=edit&id=${id}`, `view=rotate&id=${id}`, 'view=audit']) {
      await settings.page.goto('about:blank');
      await settings.enter(token, `?organization=${console.organization}&${view}`);
      await settings.sees(MARKUP);
      expect(await settings.page.locator('img[src=x]').count()).toBe(0);
    }
    expect(await settings.page.evaluate('window.intruded')).toBeUndefined();
  }, 60_000);

  it('shows the words of a server as text', async () => {
    const rude = await startRudeS3(MARKUP);
    try {
      const settings = await console.open();
      await settings.addStorage('minio');
      await settings.fillIn('Rude', { ...console.servers.bodies.minio, endpoint_url: rude.endpoint });
      await settings.test();
      await settings.sees(/^Connection failed: /);
      await settings.report.getByText('All steps').click();
      await settings.report.getByText(MARKUP).waitFor();
      expect(await settings.page.locator('img[src=x]').count()).toBe(0);
    } finally {
      await rude.stop();
    }
  }, 60_000);

  it('takes nothing of an address but a token and a view', async () => {
    const settings = await console.tab();
    const search = `?organization=${randomUUID()}&view=${encodeURIComponent(MARKUP)}&id=javascript:alert(1)`;
    await settings.enter(await console.token(), search);
    await settings.sees('Backups need a place to go');
    expect(await settings.page.content()).not.toContain('onerror');
  }, 30_000);
});
