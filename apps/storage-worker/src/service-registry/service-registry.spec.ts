import { generateSealingKey, publicHalf } from '@stowage/encryption';
import { parseServices } from './load-service-registry.js';
import { ServiceRegistry } from './service-registry.js';

const privateKey = generateSealingKey();
const [publicKey] = publicHalf({ keys: [privateKey] }).keys;
const ENTRY = {
  name: 'backup-service',
  amqp_user: 'backup',
  jwks: [publicKey],
  reply_queue: null,
  may: ['storage.default.get'],
};

describe('SERVICES_FILE', () => {
  it('names services, their rights and the key that is sealed to', async () => {
    const [service] = await parse([ENTRY]);
    expect(service).toMatchObject({
      name: 'backup-service',
      amqpUser: 'backup',
      sealingKey: publicKey,
      replyQueue: null,
    });
    expect(service!.may.has('storage.default.get')).toBe(true);
    expect(service!.may.has('storage.create')).toBe(false);
  });

  it.each([
    ['is not a list', {}, 'must be a JSON list'],
    ['has an unknown member', [{ ...ENTRY, password: 'x' }], 'entry 1 has the unknown member password'],
    ['has a name with blanks', [{ ...ENTRY, name: 'a b' }], 'entry 1: name'],
    ['has no key', [{ ...ENTRY, jwks: [] }], 'entry 1: jwks must be a list of public keys'],
    ['has a private key', [{ ...ENTRY, jwks: [privateKey] }], 'holds a private key'],
    ['has a key of another kind', [{ ...ENTRY, jwks: [{ ...publicKey, crv: 'P-384' }] }], 'EC P-256'],
    ['gives a right that there is not', [{ ...ENTRY, may: ['storage.delete'] }], 'entry 1: may'],
    ['registers a broker user twice', [ENTRY, { ...ENTRY, name: 'other' }], 'two entries have the amqp_user backup'],
    ['registers a name twice', [ENTRY, { ...ENTRY, amqp_user: 'b2' }], 'two entries have the name backup-service'],
  ])('is refused when it %s', async (_what, content, message) => {
    await expect(parse(content)).rejects.toThrow(message);
  });

  it('is refused when it is not JSON', async () => {
    await expect(parseServices('[')).rejects.toThrow('is not JSON');
  });
});

describe('ServiceRegistry', () => {
  it('believes the broker alone about who sent a message', async () => {
    const registry = new ServiceRegistry(await parse([ENTRY]));
    expect(registry.identify('backup', null)?.name).toBe('backup-service');
    expect(registry.identify('stranger', 'backup-service')).toBeNull();
    expect(registry.identify(null, 'backup-service')).toBeNull();
  });

  it('believes a claim on a development broker, but never against a registered user', async () => {
    const other = { ...ENTRY, name: 'other', amqp_user: 'other' };
    const registry = new ServiceRegistry(await parse([ENTRY, other]), { believeClaims: true });
    expect(registry.identify(null, 'backup-service')?.name).toBe('backup-service');
    expect(registry.identify('other', 'backup-service')?.name).toBe('other');
    expect(registry.identify(null, null)).toBeNull();
  });

  it('lets replies go to direct reply-to and to the queue of the caller alone', async () => {
    const registry = new ServiceRegistry(await parse([{ ...ENTRY, reply_queue: 'backup.replies' }]));
    expect(registry.mayReplyTo('amq.rabbitmq.reply-to.g1h2', null)).toBe(true);
    expect(registry.mayReplyTo('backup.replies', 'backup')).toBe(true);
    expect(registry.mayReplyTo('backup.replies', 'stranger')).toBe(false);
    expect(registry.mayReplyTo('storage-worker.commands', 'backup')).toBe(false);
  });
});

function parse(content: unknown) {
  return parseServices(JSON.stringify(content));
}
