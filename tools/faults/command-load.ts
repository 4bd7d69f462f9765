import { setTimeout as sleep } from 'node:timers/promises';
import { type CommandName, EXCHANGES, schemaOf } from '@stowage/contracts';
import { type JWK, seal } from '@stowage/encryption';
import { AmqpBroker, type OutgoingMessage } from '@stowage/messaging';
import type { Laboratory } from './laboratory.js';
import type { Random } from './random.js';

const RESEND_PAUSE_MS = 200;
const BATCH = 250;
const HOLLOW_PATIENCE_MS = 20_000;

export interface Attempt {
  id: string;
  name: CommandName;
  organizationId: string;
  /** Of a create: the name of the storage. */
  storageName: string | null;
  sentAt: number;
  /** When the broker took responsibility; null while it has not. */
  confirmedAt: number | null;
}

/** A platform service that sends commands, through whatever happens, and keeps book of what it sent. */
export class CommandLoad {
  readonly attempts = new Map<string, Attempt>();
  private readonly broker: AmqpBroker;
  private readonly sending = new Set<Promise<void>>();
  private streaming = false;

  constructor(
    private readonly lab: Laboratory,
    private readonly random: Random,
  ) {
    this.broker = new AmqpBroker({ url: lab.system.serviceAmqpUrl, name: 'backup-service' });
  }

  get confirmed(): Attempt[] {
    return [...this.attempts.values()].filter(({ confirmedAt }) => confirmedAt !== null);
  }

  /** The command `storage.create`, whose effect can be counted: one storage of that name, one event. */
  async createMessage(organizationId: string): Promise<OutgoingMessage> {
    const id = this.random.uuid();
    const { access_key, secret_key, ...fields } = this.lab.storageBody(id);
    return this.message('storage.create', id, organizationId, {
      ...fields,
      idempotency_key: id,
      credentials: await seal({ access_key, secret_key }, this.sealingKey),
    });
  }

  testMessage(organizationId: string, storageConfigId: string): OutgoingMessage {
    return this.message('storage.test', this.random.uuid(), organizationId, { storage_config_id: storageConfigId });
  }

  /** Sends until the broker has confirmed, with the same id each time; resolves then. */
  async send(message: OutgoingMessage): Promise<Attempt> {
    const attempt = this.register(message);
    while (attempt.confirmedAt === null) {
      try {
        await this.broker.publish(message);
        attempt.confirmedAt = Date.now();
      } catch {
        // Its fate is unknown: the same id makes the repetition harmless.
        await sleep(RESEND_PAUSE_MS);
      }
    }
    return attempt;
  }

  /** Sends once; what is not confirmed may or may not have arrived. */
  async sendOnce(message: OutgoingMessage): Promise<Attempt> {
    const attempt = this.register(message);
    try {
      await this.broker.publish(message);
      attempt.confirmedAt = Date.now();
    } catch {
      // Attempted, not confirmed.
    }
    return attempt;
  }

  /** As a plain NestJS client does: the pattern in the body. */
  async sendInNestShape(message: OutgoingMessage): Promise<void> {
    const attempt = this.register(message);
    await this.broker.publish({ ...message, data: { pattern: message.routing_key, data: message.data } });
    attempt.confirmedAt = Date.now();
  }

  /**
   * Tests of storages that do not exist, so that none of them is coalesced with another: the cheapest commands there are.
   * What is not begun in time expires.
   */
  hollowTests(count: number, organizationIds: readonly string[], patienceMs: number): OutgoingMessage[] {
    return Array.from({ length: count }, () => {
      const message = this.testMessage(this.random.pick(organizationIds), this.random.uuid());
      return { ...message, headers: { ...message.headers, deadline: Date.now() + patienceMs } };
    });
  }

  sendAll(messages: OutgoingMessage[]): Promise<Attempt[]> {
    return Promise.all(messages.map((message) => this.send(message)));
  }

  /** One batch after the other, so that the sender's own work holds up nobody who shares its process. */
  async sendInBatches(messages: OutgoingMessage[]): Promise<void> {
    for (let start = 0; start < messages.length; start += BATCH)
      await this.sendAll(messages.slice(start, start + BATCH));
  }

  async sendCreates(count: number, organizationIds: readonly string[]): Promise<Attempt[]> {
    return this.sendAll(await this.createMessages(count, organizationIds));
  }

  createMessages(count: number, organizationIds: readonly string[]): Promise<OutgoingMessage[]> {
    return Promise.all(
      Array.from({ length: count }, (_, i) => this.createMessage(organizationIds[i % organizationIds.length]!)),
    );
  }

  /**
   * Commands keep coming in the background, half of them by a sender that never repeats, until `endStream`.
   * @param creates the share of them that are creates; the others are hollow tests
   */
  stream(perSecond: number, organizationIds: readonly string[], creates = 1): void {
    this.streaming = true;
    this.inBackground(async () => {
      while (this.streaming) {
        const message =
          this.random.next() < creates
            ? await this.createMessage(this.random.pick(organizationIds))
            : this.hollowTests(1, organizationIds, HOLLOW_PATIENCE_MS)[0]!;
        const repeats = this.random.next() < 0.5;
        this.inBackground(async () => void (await (repeats ? this.send(message) : this.sendOnce(message))));
        await sleep(1000 / perSecond);
      }
    });
  }

  /** Resolves when everything that was sent is confirmed or given up. */
  async endStream(): Promise<void> {
    this.streaming = false;
    while (this.sending.size > 0) await Promise.all(this.sending);
  }

  async close(): Promise<void> {
    await this.endStream();
    await this.broker.close();
  }

  private inBackground(work: () => Promise<void>): void {
    const sending = work().finally(() => this.sending.delete(sending));
    this.sending.add(sending);
  }

  private register(message: OutgoingMessage): Attempt {
    const id = message.message_id!;
    const known = this.attempts.get(id);
    if (known) return known;
    const data = message.data as { organization_id: string; name?: string };
    const attempt: Attempt = {
      id,
      name: message.routing_key as CommandName,
      organizationId: data.organization_id,
      storageName: data.name ?? null,
      sentAt: Date.now(),
      confirmedAt: null,
    };
    this.attempts.set(id, attempt);
    return attempt;
  }

  private message(name: CommandName, id: string, organizationId: string, data: object): OutgoingMessage {
    return {
      exchange: EXCHANGES.commands,
      routing_key: name,
      message_id: id,
      timestamp: Math.floor(Date.now() / 1000),
      headers: { schema: schemaOf(name), 'organization-id': organizationId },
      data: { ...data, organization_id: organizationId },
    };
  }

  private get sealingKey(): JWK {
    return this.lab.system.secrets.workerPublicKeys.keys.find(({ use }) => use === 'enc')!;
  }
}
