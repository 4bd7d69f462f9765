import { visibleAndHiddenText } from './browser.js';
import { describeConsole } from './console-under-test.js';

const NO_CONSENT = ['Apply and test again', 'It is the same: confirm and test again'];

describeConsole('SSH keys in the console', (console) => {
  it('makes a key whose public half opens the server, and whose private half nobody sees', async () => {
    const { sshd } = console.servers;
    const settings = await console.open();
    await settings.addStorage('sftp');
    const { host, port, bucket } = console.servers.bodies.sftp;
    await settings.fillIn('NAS', { provider: 'sftp', host, port, bucket, access_key: 'keyonly' });
    await settings.button('Make a key for me').click();
    const line = await settings.page.getByText(/ ssh-ed25519 /).textContent();
    sshd.authorize('keyonly', line!);

    await settings.test();
    await settings.sees(sshd.hostKeySha256);
    await settings.button('It is the same: confirm and test again').click();
    await settings.sawSuccess();
    await settings.save();
    await settings.storage('NAS').waitFor();
    expect(await visibleAndHiddenText(settings.page)).not.toContain('PRIVATE KEY');

    await settings.test();
    await settings.sawSuccess();
  }, 60_000);

  it('takes a key from a file, and forgets it once it is saved', async () => {
    const { sshd } = console.servers;
    const { private_key } = sshd.users.keyonly;
    const settings = await console.open();
    await settings.addStorage('sftp');
    const { host, port, bucket } = console.servers.bodies.sftp;
    await settings.fillIn('NAS', { provider: 'sftp', host, port, bucket, access_key: 'keyonly' });
    const file = { name: 'id_ed25519', mimeType: 'text/plain', buffer: Buffer.from(private_key) };
    await settings.page.getByLabel('Choose a file…').setInputFiles(file);
    await settings.test();
    await settings.button('It is the same: confirm and test again').click();
    await settings.sawSuccess();
    await settings.save();
    await settings.storage('NAS').waitFor();
    expect(await visibleAndHiddenText(settings.page)).not.toContain(private_key.split('\n')[2]);
  }, 60_000);

  it('refuses a host key that has changed, shows both, and offers no click to take it over', async () => {
    const { sshd } = console.servers;
    await console.create({ ...console.servers.bodies.sftp, name: 'NAS' });
    const confirmed = sshd.hostKeySha256;
    const settings = await console.open();
    await settings.test();
    await settings.sawSuccess();

    const changed = await sshd.changeHostKey();
    const before = sshd.log().length;
    await settings.test();
    await settings.sees('Connection failed: The host key of the server has changed');
    const keys = settings.report.getByRole('definition');
    expect(await keys.allTextContents()).toEqual([confirmed, changed]);
    for (const consent of NO_CONSENT) expect(await settings.button(consent).count()).toBe(0);
    expect(sshd.log().slice(before)).not.toMatch(/password/);
  }, 60_000);
});
