import { randomBytes } from 'node:crypto';
import { describeKeyProvider } from './testing/describe-key-provider.js';
import { TransitFake } from './testing/transit-fake.js';
import { TransitProvider } from './testing/transit-provider.js';
import { Vault } from './vault.js';

const RECORD = {
  rowId: 'row-1',
  organizationId: null,
  destination: { provider: 'sftp', scheme: 'sftp', host: 'sftp.example.com', port: 22 },
};

describeKeyProvider('a key service over HTTP', async () => {
  const service = new TransitFake();
  const url = await service.start();
  return {
    open: async () => new TransitProvider(url, service.names, service.active),
    addKey: async () => void service.createKey(),
    activate: async () => void (service.active = service.names[0]!),
    close: () => service.stop(),
  };
});

describe('a key service that is away', () => {
  it('is told apart from a record that does not open', async () => {
    const service = new TransitFake();
    const keys = new TransitProvider(await service.start(), service.names, service.active);
    const vault = new Vault(keys);
    const { ciphertext } = await vault.seal(RECORD, { secret_key: randomBytes(8).toString('hex') });
    await service.stop();
    const unavailable = { name: 'VaultError', reason: 'unavailable', kid: 'transit-1' };
    await expect(vault.open(RECORD, ciphertext)).rejects.toMatchObject(unavailable);
    await expect(vault.seal(RECORD, {})).rejects.toMatchObject(unavailable);
    await expect(keys.check()).rejects.toMatchObject(unavailable);
  });
});
