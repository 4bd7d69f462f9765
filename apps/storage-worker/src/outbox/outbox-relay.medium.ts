import { createDataSource, migrate, type StorageConfigEntity } from '@stowage/entities';
import { type Broker, InProcessBroker, type OutgoingMessage, PublishError } from '@stowage/messaging';
import type { DataSource } from 'typeorm';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { Metrics } from '../metrics/metrics.js';
import { Notifications } from '../notifications/notifications.js';
import { eventually } from '../testing/eventually.js';
import { storeConfig } from '../testing/store-config.js';
import { recordEvent } from './outbox.js';
import { OutboxRelay } from './outbox-relay.js';

describeOnDatabase('the relay of the outbox', (database) => {
  let dataSource: DataSource;

  beforeAll(async () => {
    await migrate(database.url);
    dataSource = await createDataSource({ url: database.url, as: 'owner', applicationName: 'test' }).initialize();
  }, 30_000);

  afterEach(() => dataSource.query('UPDATE outbox SET sent_at = now() WHERE sent_at IS NULL'));
  afterAll(() => dataSource.destroy());

  /** A broker that notes what it is given, and refuses what `refuses` says. */
  const recordingBroker = (refuses: (message: OutgoingMessage) => boolean = () => false) => {
    const published: OutgoingMessage[] = [];
    const broker: Broker = new InProcessBroker();
    broker.publish = async (message) => {
      published.push(message);
      if (refuses(message)) throw new PublishError('refused');
    };
    return { broker, published };
  };
  const relayOver = (broker: Broker): OutboxRelay =>
    new OutboxRelay(dataSource, broker, new Notifications(dataSource), new Metrics(broker));
  const record = (config: StorageConfigEntity, ageDays: number): Promise<void> =>
    dataSource.transaction((manager) =>
      recordEvent(manager, {
        event: 'storage.credentials.rotation_due',
        organizationId: config.organizationId,
        storageConfigId: config.id,
        correlationId: 'cause',
        data: { age_days: ageDays },
      }),
    );
  const sequencesOf = (published: OutgoingMessage[], { id }: StorageConfigEntity): number[] =>
    published
      .map(({ data }) => data as { storage_config_id: string; sequence: number })
      .filter((data) => data.storage_config_id === id)
      .map(({ sequence }) => sequence);

  it('publishes what was recorded, once, as the contract says', async () => {
    const config = await storeConfig(dataSource);
    await record(config, 91);
    const { broker, published } = recordingBroker();
    await relayOver(broker).relay();
    await relayOver(broker).relay();
    expect(published).toMatchObject([
      {
        exchange: 'storage.events',
        routing_key: 'storage.credentials.rotation_due',
        correlation_id: 'cause',
        headers: { schema: 'storage.credentials.rotation_due/1', 'organization-id': config.organizationId },
        data: { organization_id: config.organizationId, storage_config_id: config.id, sequence: 1, age_days: 91 },
      },
    ]);
  });

  it('publishes nothing of a transaction that was rolled back', async () => {
    const config = await storeConfig(dataSource);
    await dataSource
      .transaction(async (manager) => {
        await recordEvent(manager, {
          event: 'storage.credentials.rotation_due',
          organizationId: config.organizationId,
          storageConfigId: config.id,
          data: { age_days: 90 },
        });
        throw new Error('changed my mind');
      })
      .catch(() => undefined);
    const { broker, published } = recordingBroker();
    await relayOver(broker).relay();
    expect(published).toEqual([]);
  });

  it("keeps the order of a config's events, however many write and relay at once", async () => {
    const config = await storeConfig(dataSource);
    await Promise.all(Array.from({ length: 50 }, (_, age) => record(config, age)));
    const { broker, published } = recordingBroker();
    await Promise.all([relayOver(broker).relay(), relayOver(broker).relay(), relayOver(broker).relay()]);
    expect(sequencesOf(published, config)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  });

  it('publishes again, with the same message id, what was not known to be sent when it crashed', async () => {
    const config = await storeConfig(dataSource);
    await record(config, 90);
    const first = recordingBroker();
    const crash = new Error('killed between publishing and noting it');
    await dataSource
      .transaction(async (manager) => {
        const doomed = { manager, transaction: (work: (inner: typeof manager) => Promise<number>) => work(manager) };
        const relay = new OutboxRelay(
          doomed as unknown as DataSource,
          first.broker,
          new Notifications(dataSource),
          new Metrics(first.broker),
        );
        await relay.relay();
        throw crash;
      })
      .catch((error: unknown) => expect(error).toBe(crash));
    const second = recordingBroker();
    await relayOver(second.broker).relay();
    expect(first.published).toHaveLength(1);
    expect(second.published.map(({ message_id }) => message_id)).toEqual(
      first.published.map(({ message_id }) => message_id),
    );
  });

  it('sends again behind an event that was not confirmed those that followed it, and no others', async () => {
    const [stuck, free] = [await storeConfig(dataSource), await storeConfig(dataSource)];
    for (const age of [1, 2, 3]) {
      await record(stuck, age);
      await record(free, age);
    }
    const isStuck = ({ data }: OutgoingMessage): boolean => {
      const { storage_config_id, sequence } = data as { storage_config_id: string; sequence: number };
      return storage_config_id === stuck.id && sequence === 2;
    };
    await relayOver(recordingBroker(isStuck).broker).relay();
    const { broker, published } = recordingBroker();
    await relayOver(broker).relay();
    expect(sequencesOf(published, stuck)).toEqual([2, 3]);
    expect(sequencesOf(published, free)).toEqual([]);
  });

  it('is measured: what waits, for how long, and what the broker said', async () => {
    const config = await storeConfig(dataSource);
    const { broker } = recordingBroker(({ data }) => (data as { sequence: number }).sequence === 2);
    const metrics = new Metrics(broker);
    const relay = new OutboxRelay(dataSource, broker, new Notifications(dataSource), metrics);
    for (const age of [1, 2]) await record(config, age);
    const before = await metrics.registry.metrics();
    expect(before).toContain('outbox_pending 2');
    expect(before).toMatch(/outbox_oldest_age_seconds 0\.\d+/);
    await relay.relay();
    const after = await metrics.registry.metrics();
    expect(after).toContain('outbox_publish_total{result="acked"} 1');
    expect(after).toContain('outbox_publish_total{result="refused"} 1');
    expect(after).toContain('outbox_pending 1');
  });

  it('says with each event when it was decided and to which trace it belongs', async () => {
    const config = await storeConfig(dataSource);
    const trace = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'vendor=a' };
    await recordEvent(dataSource.manager, {
      event: 'storage.credentials.rotation_due',
      organizationId: config.organizationId,
      storageConfigId: config.id,
      data: { age_days: 1 },
      trace,
    });
    const { broker, published } = recordingBroker();
    await relayOver(broker).relay();
    expect(published[0]!.headers).toMatchObject(trace);
    expect(Math.abs(Date.now() - published[0]!.headers!['decided-at']!)).toBeLessThan(60_000);
  });

  it('is woken by the transaction that records', async () => {
    const config = await storeConfig(dataSource);
    const { broker, published } = recordingBroker();
    const notifications = new Notifications(dataSource);
    const relay = new OutboxRelay(dataSource, broker, notifications, new Metrics(broker));
    await notifications.onApplicationBootstrap();
    relay.onApplicationBootstrap();
    try {
      await record(config, 90);
      await eventually(async () => published.length === 1);
    } finally {
      await relay.onApplicationShutdown();
      await notifications.onApplicationShutdown();
    }
  });

  it('finds by polling what no notification told of', async () => {
    const config = await storeConfig(dataSource);
    const { broker, published } = recordingBroker();
    const deaf = relayOver(broker);
    deaf.onApplicationBootstrap();
    try {
      await deaf.relay();
      await record(config, 90);
      await eventually(async () => published.length === 1);
    } finally {
      await deaf.onApplicationShutdown();
    }
  });

  it('is done with an event that nobody listens to', async () => {
    const config = await storeConfig(dataSource);
    await record(config, 90);
    await relayOver(new InProcessBroker()).relay();
    await expect(
      dataSource.query('SELECT 1 FROM outbox WHERE storage_config_id = $1 AND sent_at IS NULL', [config.id]),
    ).resolves.toEqual([]);
  });
});
