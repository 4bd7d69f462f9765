import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { randomUUID } from 'node:crypto';
import { vi } from 'vitest';
import type { Problem } from '@stowage/contracts';
import { OutboxEventEntity } from '@stowage/entities';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { DataSource, EntityManager } from 'typeorm';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { Database } from '../database/database.js';
import { platformToken, TestGateway, TestOrganization } from '../testing/test-gateway.js';
import { EventStreams } from './event-streams.js';

const LISTENERS = 1000;

describeOnDatabase('the stream of events', (database) => {
  let gateway: TestGateway;
  let organization: TestOrganization;
  const listeners: Listener[] = [];

  beforeAll(async () => {
    gateway = await TestGateway.start(database.url);
  }, 30_000);
  afterAll(() => gateway?.stop());
  beforeEach(() => {
    organization = new TestOrganization();
  });
  afterEach(() => listeners.splice(0).forEach((listener) => listener.close()));

  const path = (id: string = organization.id) => `/storage-events?organization_id=${id}`;
  async function listen(options: { lastEventId?: string; token?: string; to?: TestGateway } = {}): Promise<Listener> {
    const { lastEventId, token = await organization.token(), to = gateway } = options;
    const listener = await Listener.open(new URL(`/api/v1/backups${path()}`, to.url), token, lastEventId);
    listeners.push(listener);
    return listener;
  }
  const record = (
    detail: string,
    manager: EntityManager = gateway.dataSource.manager,
    organizationId: string | null = organization.id,
  ) => recordEvent(manager, organizationId, detail);

  it('sends what is recorded, under the name of the message, with its data', async () => {
    const listener = await listen();
    const id = await record('one');
    await expect(listener.next()).resolves.toEqual({
      id,
      event: 'storage.tested',
      data: JSON.stringify({ detail: 'one' }).replaceAll(':', ': '),
    });
    expect(listener.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
  });

  it('sends nothing of before it was opened, nor of other organizations or the platform', async () => {
    await record('before');
    const listener = await listen();
    await record('foreign', undefined, randomUUID());
    await gateway.dataSource.query(
      `INSERT INTO outbox (message_id, event, data) VALUES (gen_random_uuid(), 'storage.updated', '{}')`,
    );
    await record('own');
    await expect(listener.details(1)).resolves.toEqual(['own']);
  });

  describe("of the platform's own", () => {
    const listenToPlatform = async (lastEventId?: string): Promise<Listener> => {
      const url = new URL('/api/v1/backups/platform/storage-events', gateway.url);
      const listener = await Listener.open(url, await platformToken(), lastEventId);
      listeners.push(listener);
      return listener;
    };

    it('sends those, live and replayed, and none of an organization', async () => {
      const before = await record('before', undefined, null);
      await record('foreign');
      await record('missed', undefined, null);
      const [live, resumed] = [await listenToPlatform(), await listenToPlatform(before)];
      await record('foreign');
      await record('now', undefined, null);
      await expect(live.details(1)).resolves.toEqual(['now']);
      await expect(resumed.details(2)).resolves.toEqual(['missed', 'now']);
    });

    it('takes the last event of an organization for a gap, and its own for one at an organization', async () => {
      const foreign = await record('foreign');
      await expect((await listenToPlatform(foreign)).next()).resolves.toMatchObject({ event: 'stream.gap' });
      const own = await record('own', undefined, null);
      await expect((await listen({ lastEventId: own })).next()).resolves.toMatchObject({ event: 'stream.gap' });
    });

    it('reaches beside listeners of organizations only who it is for', async () => {
      const [platform, tenant] = [await listenToPlatform(), await listen()];
      await Promise.all([record('of the platform', undefined, null), record('of the organization')]);
      await Promise.all([record('last', undefined, null), record('last')]);
      await expect(platform.details(2)).resolves.toEqual(['of the platform', 'last']);
      await expect(tenant.details(2)).resolves.toEqual(['of the organization', 'last']);
    });
  });

  it('replays what came after Last-Event-ID and goes on from there, without gap or duplicate', async () => {
    const first = await record('0');
    for (let number = 1; number <= 250; number += 1) await record(String(number));
    const writing = recordMany(gateway.dataSource, 251, 400, (number, manager) => record(String(number), manager));
    const listener = await listen({ lastEventId: first });
    await writing;
    const received = await listener.details(400);
    expect(new Set(received).size).toBe(400);
    expect(received.slice(0, 250)).toEqual(Array.from({ length: 250 }, (_, index) => String(index + 1)));
    expect(numbers(received)).toEqual(Array.from({ length: 400 }, (_, index) => index + 1));
  });

  it('misses no event whose transaction began first and ended last, live or replayed', async () => {
    const seen = await record('seen');
    const live = await listen();
    const slow = gateway.dataSource.createQueryRunner();
    await slow.startTransaction();
    const early = await record('began first', slow.manager);
    const late = await record('ended first');
    expect(BigInt(early)).toBeLessThan(BigInt(late));
    const resumed = await listen({ lastEventId: seen });
    await slow.commitTransaction();
    await slow.release();
    await expect(live.details(2)).resolves.toEqual(['began first', 'ended first']);
    await expect(resumed.details(2)).resolves.toEqual(['began first', 'ended first']);
  });

  it('lets a broken listener come back with each of its events: all of them once, in one order', async () => {
    const whole = await listen();
    let broken = await listen();
    const writing = recordMany(gateway.dataSource, 1, 120, (number, manager) => record(String(number), manager));
    const received: EventSourceMessage[] = [];
    while (received.length < 120) {
      received.push(...(await broken.some()));
      broken.close();
      broken = await listen({ lastEventId: received.at(-1)!.id });
    }
    await writing;
    expect(received.map(detailOf)).toEqual(await whole.details(120));
  });

  it('lets a listener come back to another gateway', async () => {
    const other = await TestGateway.start(database.url);
    try {
      const listener = await listen();
      await record('here');
      const { id } = await listener.next();
      await record('meanwhile');
      const elsewhere = await listen({ to: other, lastEventId: id });
      await record('there');
      await expect(elsewhere.details(2)).resolves.toEqual(['meanwhile', 'there']);
    } finally {
      await other.stop();
    }
  }, 90_000);

  it('reads once for all who come back at the same time, however many', async () => {
    const lastEventId = await record('seen');
    for (let number = 1; number <= 150; number += 1) await record(String(number));
    const token = await organization.token();
    const url = new URL(`/api/v1/backups${path()}`, gateway.url);
    const read = vi.spyOn(gateway.app.get(Database), 'read');
    const back = await Promise.all(Array.from({ length: 200 }, () => Listener.open(url, token, lastEventId)));
    listeners.push(...back);
    const heard = await Promise.all(back.map((listener) => listener.details(150)));
    expect(new Set(heard.map(String)).size).toBe(1);
    // Each by itself: where it stopped, the horizon, and two pages.
    expect(read.mock.calls.length).toBeLessThan(200);
    read.mockRestore();
  }, 60_000);

  it('says that there is a gap when the last event is forgotten, or was never one of this organization', async () => {
    const foreign = await record('foreign', undefined, randomUUID());
    for (const lastEventId of ['999999999999', foreign]) {
      const listener = await listen({ lastEventId });
      await expect(listener.next()).resolves.toMatchObject({ event: 'stream.gap', data: '{}' });
    }
  });

  it.each(['abc', '-1', '1.5', '9'.repeat(19)])('refuses the Last-Event-ID %s', async (lastEventId) => {
    const answer = await gateway.refused('GET', path(), {
      token: await organization.token(),
      headers: { 'last-event-id': lastEventId },
    });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ field: 'Last-Event-ID' }] } });
  });

  it("needs a token, org.storage.list, and the organization to be the caller's", async () => {
    const statusWith = async (token: string | null, id: string = organization.id) =>
      (await gateway.refused('GET', path(id), { token })).status;
    await expect(statusWith(null)).resolves.toBe(401);
    await expect(statusWith(await organization.token(['org.storage.update']))).resolves.toBe(403);
    await expect(statusWith(await new TestOrganization().token())).resolves.toBe(404);
    await expect(statusWith(await organization.token(), 'x')).resolves.toBe(422);
  });

  it('ends when the token does', async () => {
    const listener = await listen({ token: await organization.token(['org.storage.list'], 1) });
    await expect(listener.ended).resolves.toBe('end');
  });

  it('goes on when the connection that hears of events is lost', async () => {
    const listener = await listen();
    await gateway.dataSource.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'gateway notifications' AND datname = current_database()`,
    );
    await record('unheard');
    await expect(listener.details(1)).resolves.toEqual(['unheard']);
  });

  it('cuts off a listener that does not read, and serves the others', async () => {
    const stuck = await listen();
    const reading = await listen();
    stuck.stopReading();
    const streams = gateway.app.get(EventStreams);
    expect(streams.size).toBe(2);
    const text = 'x'.repeat(100_000);
    let sent = 0;
    for (; streams.size === 2 && sent < 200; sent += 1) {
      await record(`${sent} ${text}`);
      await reading.next();
    }
    expect(streams.size).toBe(1);
    await record('still here');
    await expect(reading.details(1)).resolves.toEqual(['still here']);
  });

  it(`serves ${LISTENERS} listeners at once, each exactly its events, and forgets those that leave`, async () => {
    const organizations = Array.from({ length: 10 }, () => new TestOrganization());
    const opened: Listener[] = [];
    for (const each of organizations) {
      const token = await each.token();
      const url = new URL(`/api/v1/backups${path(each.id)}`, gateway.url);
      opened.push(...(await Promise.all(Array.from({ length: LISTENERS / 10 }, () => Listener.open(url, token)))));
    }
    listeners.push(...opened);
    const streams = gateway.app.get(EventStreams);
    expect(streams.size).toBe(LISTENERS);
    expect((await gateway.request('GET', '//metrics')).text).toContain(`storage_event_streams ${LISTENERS}`);
    for (let number = 1; number <= 5; number += 1) {
      for (const each of organizations) await record(`${each.id} ${number}`, undefined, each.id);
    }
    const received = await Promise.all(opened.map((listener) => listener.details(5)));
    received.forEach((details, index) => {
      const { id } = organizations[Math.floor(index / (LISTENERS / 10))]!;
      expect(details).toEqual([1, 2, 3, 4, 5].map((number) => `${id} ${number}`));
    });
    opened.forEach((listener) => listener.close());
    await until(() => streams.size === 0);
  }, 120_000);

  it('forgets a listener that left before it was answered', async () => {
    const streams = gateway.app.get(EventStreams);
    const token = await organization.token();
    const url = new URL(`/api/v1/backups${path()}`, gateway.url);
    const leaving = Array.from({ length: 50 }, async (_, index) => {
      const request = httpRequest(url, { headers: { authorization: `Bearer ${token}` }, agent: false }).end();
      request.on('error', () => undefined);
      await once(request, 'finish');
      setTimeout(() => request.destroy(), index % 10);
      await new Promise((resolve) => request.once('close', resolve));
    });
    await Promise.all(leaving);
    await until(() => streams.size === 0);
    expect(streams.size).toBe(0);
  });

  it('ends the streams of a gateway that goes', async () => {
    const going = await TestGateway.start(database.url);
    const listener = await listen({ to: going });
    await going.stop();
    await expect(listener.ended).resolves.toBe('end');
  });

  it('answers 503 without a database', async () => {
    const without = await TestGateway.start(database.url, {
      environment: { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing' },
    });
    try {
      const answer = await without.request<Problem>('GET', path(), { token: await organization.token() });
      expect(answer).toMatchObject({ status: 503, body: { code: 'request.unavailable' } });
    } finally {
      await without.stop();
    }
  });
});

/** Reads an event stream; `fetch` would buffer for a listener that does not read. */
class Listener {
  readonly ended: Promise<'end' | 'aborted'>;
  private readonly received: EventSourceMessage[] = [];
  private wake: () => void = () => undefined;

  private constructor(private readonly response: IncomingMessage) {
    const parser = createParser({ onEvent: (event) => void this.received.push(event) });
    this.ended = new Promise((resolve) => {
      response.once('end', () => resolve('end'));
      response.once('error', () => resolve('aborted'));
    });
    response.setEncoding('utf8').on('data', (text: string) => {
      parser.feed(text);
      this.wake();
    });
  }

  static async open(url: URL, token: string, lastEventId?: string): Promise<Listener> {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
    };
    const request = httpRequest(url, { headers, agent: false }).end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    if (response.statusCode !== 200) throw new Error(`The stream was refused: ${response.statusCode}`);
    return new Listener(response);
  }

  get headers(): IncomingMessage['headers'] {
    return this.response.headers;
  }

  async next(): Promise<EventSourceMessage> {
    while (this.received.length === 0) await new Promise<void>((resolve) => (this.wake = resolve));
    return this.received.shift()!;
  }

  async some(): Promise<EventSourceMessage[]> {
    return [await this.next(), ...this.received.splice(0)];
  }

  async details(count: number): Promise<string[]> {
    const events: EventSourceMessage[] = [];
    while (events.length < count) events.push(await this.next());
    return events.map(detailOf);
  }

  stopReading(): void {
    this.response.pause();
  }

  close(): void {
    this.response.destroy();
  }
}

function detailOf({ data }: EventSourceMessage): string {
  return (JSON.parse(data) as { detail: string }).detail;
}

function numbers(details: string[]): number[] {
  return details.map(Number).sort((one, other) => one - other);
}

/** As the worker records it; returns the id. */
async function recordEvent(manager: EntityManager, organizationId: string | null, detail: string): Promise<string> {
  const { identifiers } = await manager.insert(OutboxEventEntity, {
    messageId: randomUUID(),
    event: 'storage.tested',
    organizationId,
    data: { detail },
  });
  return (identifiers[0] as { id: string }).id;
}

/** Several writers at once, so that ids and commits are not in one order. */
async function recordMany(
  dataSource: DataSource,
  from: number,
  to: number,
  record: (number: number, manager: EntityManager) => Promise<unknown>,
): Promise<void> {
  let next = from;
  const write = async (): Promise<void> => {
    while (next <= to) {
      const number = next++;
      await dataSource.transaction(async (manager) => {
        await record(number, manager);
        if (number % 3 === 0) await manager.query('SELECT pg_sleep(0.005)');
      });
    }
  };
  await Promise.all([write(), write(), write(), write()]);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}
