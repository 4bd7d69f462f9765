import { RestClient } from '../rest-client.js';
import type { ConsoleUnderTest } from './console-under-test.js';
import type { StorageSettingsPage } from './storage-settings-page.js';

const administratorToken = ({ system, organization, user }: ConsoleUnderTest) =>
  system.token({ [organization]: 'all' }, { platform: true, user });

export async function administratorOf(console: ConsoleUnderTest): Promise<RestClient> {
  return new RestClient(console.system.api, await administratorToken(console));
}

export async function openPlatform(console: ConsoleUnderTest): Promise<StorageSettingsPage> {
  const platform = await console.tab();
  await platform.enter(await administratorToken(console), '?area=platform');
  await platform.page.getByRole('heading', { name: 'Platform', exact: true }).waitFor();
  return platform;
}
