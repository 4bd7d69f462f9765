import { openPlatform } from './administrator.js';
import { accessibilityViolations } from './browser.js';
import { describeConsole } from './console-under-test.js';
import type { StorageSettingsPage } from './storage-settings-page.js';

describeConsole('what was typed and not saved', (console) => {
  const typed = async (settings?: StorageSettingsPage): Promise<StorageSettingsPage> => {
    const page = settings ?? (await console.open());
    await page.addStorage('minio');
    await page.field('Name').fill('Half typed');
    return page;
  };
  const keepEditing = (settings: StorageSettingsPage) =>
    settings.dialog.getByRole('button', { name: 'Keep editing' }).click();
  const discard = (settings: StorageSettingsPage) => settings.dialog.getByRole('button', { name: 'Discard' }).click();
  const isKept = async (settings: StorageSettingsPage): Promise<void> => {
    await settings.dialog.waitFor({ state: 'detached' });
    expect(settings.page.url()).toContain('view=add');
    expect(await settings.field('Name').inputValue()).toBe('Half typed');
  };

  it('is not left by a link without a question, which the keyboard answers too', async () => {
    const settings = await typed();
    await settings.button('Choose another provider').click();
    await settings.sees('Discard what you typed?');
    expect(await accessibilityViolations(settings.page)).toEqual([]);
    await settings.page.keyboard.press('Escape');
    await isKept(settings);
    await settings.button('Choose another provider').click();
    await discard(settings);
    await settings.button('MinIO').waitFor();
  }, 60_000);

  it('is not left by the Back button without a question', async () => {
    const settings = await typed();
    await settings.page.evaluate('history.back()');
    await keepEditing(settings);
    await isKept(settings);
    await settings.page.evaluate('history.back()');
    await discard(settings);
    await settings.sees('Backups need a place to go');
    expect(settings.page.url()).not.toContain('view=add');

    // The history is as it would be without the question.
    await settings.page.evaluate('history.forward()');
    await settings.button('MinIO').waitFor();
    expect(await settings.dialog.count()).toBe(0);
  }, 60_000);

  it('is not left for another area without a question, nor is an unfinished network', async () => {
    const platform = await openPlatform(console);
    await platform.page.getByText('Allow a network').click();
    await platform.field('Network').fill('10.0.0.0/8');
    await platform.button('Storage').first().click();
    await keepEditing(platform);
    expect(await platform.field('Network').inputValue()).toBe('10.0.0.0/8');
    await platform.button('Storage').first().click();
    await discard(platform);
    await platform.page.getByRole('heading', { name: 'Storage', exact: true }).waitFor();
  }, 60_000);

  it('is asked for by the browser before the page is closed or loaded anew', async () => {
    const settings = await typed();
    const asked = settings.page.waitForEvent('dialog');
    await settings.page.close({ runBeforeUnload: true });
    const dialog = await asked;
    expect(dialog.type()).toBe('beforeunload');
    await dialog.dismiss();
    await isKept(settings);
  }, 60_000);

  it('is asked for no more once it is saved, nor where nothing was typed', async () => {
    const settings = await console.open();
    await settings.addStorage('minio');
    await settings.page.evaluate('history.back()');
    await settings.sees('Backups need a place to go');
    await settings.addStorage('minio');
    await settings.fillIn('MinIO', console.servers.bodies.minio);
    await settings.save();
    await settings.storage('MinIO').waitFor();
    expect(await settings.dialog.count()).toBe(0);
  }, 60_000);
});
