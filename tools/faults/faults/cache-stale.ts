import { setTimeout as sleep } from 'node:timers/promises';
import { EXCHANGES, schemaOf, type SignedReply, type StorageConfig, type StorageReply } from '@stowage/contracts';
import { AmqpBroker } from '@stowage/messaging';
import { METHODS, startAmqpProxy } from '../../servers/amqp-proxy.js';
import type { Experiment } from '../experiment.js';
import type { Fault } from '../fault.js';
import { waitFor } from '../wait-for.js';
import { through } from './only-through.js';

const METHOD = 'storage.default.get';
const READS_PER_SECOND = 1000;
const TICK_MS = 10;
const MOST_UNANSWERED = 500;
const STALE_AT_MOST_MS = 250;
const CHANGES = 10;
const CUT_MS = 5000;

interface Read {
  askedAt: number;
  storageId: string | null;
}

export const cacheStale: Fault = {
  name: 'cache-stale',
  title:
    'the default storage is asked for 1 000 times a second while it changes, and while a worker cannot hear of it for 5 s',
  short: true,
  async provoke(experiment) {
    const { lab } = experiment;
    const storages = [await experiment.makeStorage(), await experiment.makeStorage()];
    let next = 1;
    /** Resolves with the time of the answer. */
    const change = async () => {
      const { id } = storages[next++ % storages.length]!;
      await makeDefault(experiment, id);
      return { id, at: Date.now() };
    };
    const cut = { now: false, endedAt: 0, heardAgainAt: 0 };
    const proxy = await startAmqpProxy(lab.system.broker.port, {
      toServer(frame, connection) {
        if (cut.now && connection.role === 'consume') connection.destroy();
        return [frame];
      },
      toClient(frame, connection) {
        if (cut.now && connection.role === 'consume') connection.destroy();
        if (frame.is(METHODS.consumeOk) && connection.role === 'consume') cut.heardAgainAt = Date.now();
        return [frame];
      },
    });
    const worker = await through(lab, proxy);
    const readers = new Readers(lab.system.serviceAmqpUrl, experiment.organization);
    try {
      await change();
      readers.start();
      await sleep(500);
      let longest = 0;
      for (let round = 1; round <= experiment.count(CHANGES); round++) {
        const { id, at } = await change();
        await sleep(1000);
        longest = Math.max(longest, readers.lastOther(id, at) - at);
      }
      experiment.timely('stale for', longest, STALE_AT_MOST_MS);

      cut.now = true;
      const cutAt = Date.now();
      let { id } = await change();
      while (Date.now() - cutAt < CUT_MS) {
        ({ id } = await change());
        await sleep(1000);
      }
      cut.now = false;
      const endedAt = Date.now();
      experiment.figures.push(`${readers.countOther(id, endedAt - 1000)} stale reads in the last second of being deaf`);
      await waitFor(
        'The cut worker hears events again',
        20,
        () => cut.heardAgainAt > endedAt && isQuiet(cut.heardAgainAt),
      );
      const again = cut.heardAgainAt;
      await sleep(1000);
      experiment.timely(
        'after a deaf worker hears again, stale for',
        readers.lastOther(id, again) - again,
        STALE_AT_MOST_MS,
      );
      const [last] = readers.reads.slice(-1);
      experiment.require(last?.storageId === id, 'in the end the default is the one that was set last');
    } finally {
      await readers.stop();
      await worker.process.stop();
      await proxy.stop();
    }
    const { reads, failures, seconds } = readers;
    experiment.figures.push(
      `${reads.length} reads, ${Math.round(reads.length / seconds)}/s, ${failures.length} failed`,
    );
    experiment.require(failures.length === 0, `every question is answered: ${failures[0]}`);
  },
};

/** Several consumers come back one after the other. */
const isQuiet = (since: number): boolean => Date.now() - since > 500;

async function makeDefault({ lab, organization }: Experiment, id: string): Promise<StorageConfig> {
  const response = await fetch(`${lab.system.api}/storage-configs/${id}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${await lab.token(organization)}`, 'content-type': 'application/json' },
    body: JSON.stringify({ is_default: true }),
  });
  if (response.status !== 200) throw new Error(`The default was not changed: ${await response.text()}`);
  return (await response.json()) as StorageConfig;
}

/** Services that ask and ask; what they are told is noted, not verified. */
class Readers {
  readonly reads: Read[] = [];
  readonly failures: string[] = [];
  private readonly broker: AmqpBroker;
  private readonly unanswered = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;
  private startedAt = 0;
  private endedAt = 0;

  constructor(
    url: string,
    private readonly organization: string,
  ) {
    this.broker = new AmqpBroker({ url, name: 'backup-service' });
  }

  get seconds(): number {
    return (this.endedAt - this.startedAt) / 1000;
  }

  start(): void {
    this.startedAt = Date.now();
    let asked = 0;
    this.timer = setInterval(() => {
      const due = ((Date.now() - this.startedAt) / 1000) * READS_PER_SECOND;
      for (; asked < due; asked++) if (this.unanswered.size < MOST_UNANSWERED) this.ask();
    }, TICK_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.unanswered);
    this.endedAt = Date.now();
    await this.broker.close();
  }

  /** When the last read since then was asked that was told of another storage; `since` where there was none. */
  lastOther(id: string, since: number): number {
    return this.reads.reduce(
      (last, { askedAt, storageId }) => (storageId === id ? last : Math.max(last, askedAt)),
      since,
    );
  }

  /** Reads asked since then that were told of another storage. */
  countOther(id: string, since: number): number {
    return this.reads.filter(({ askedAt, storageId }) => askedAt > since && storageId !== id).length;
  }

  private ask(): void {
    const askedAt = Date.now();
    const asking = this.read()
      .then((storageId) => void this.reads.push({ askedAt, storageId }))
      .catch((error: Error) => void this.failures.push(error.message))
      .finally(() => this.unanswered.delete(asking));
    this.unanswered.add(asking);
  }

  private async read(): Promise<string | null> {
    const reply = await this.broker.request(
      {
        exchange: EXCHANGES.rpc,
        routing_key: METHOD,
        headers: { schema: schemaOf(METHOD), 'organization-id': this.organization },
        data: { organization_id: this.organization, recipient: 'backup-service', purpose: 'write' },
      },
      { deadline: Date.now() + 10_000 },
    );
    const [, payload] = (reply.json() as SignedReply).signed.split('.');
    return (JSON.parse(Buffer.from(payload!, 'base64url').toString()) as StorageReply).storage?.id ?? null;
  }
}
