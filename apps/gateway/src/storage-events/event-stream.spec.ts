import { EventStream } from './event-stream.js';
import type { OutboxEvent } from './outbox.js';

const IN_AN_HOUR = new Date(Date.now() + 3_600_000);
const ORGANIZATION = '2f1d6f3e-8f5b-4b1e-9c53-0d8f0a7b6c5d';

describe('EventStream', () => {
  const open: EventStream[] = [];
  afterEach(() => open.splice(0).forEach((stream) => stream.drop()));

  const openStream = (transaction = 10n, expiresAt = IN_AN_HOUR): EventStream => {
    const stream = new EventStream(ORGANIZATION, { transaction, id: 0n }, expiresAt);
    open.push(stream);
    return stream;
  };
  const event = (transaction: bigint, id: bigint, frame = `id: ${id}\n\n`): OutboxEvent => ({
    tenant: ORGANIZATION,
    position: { transaction, id },
    frame: Buffer.from(frame),
  });
  const sentOf = (stream: EventStream) =>
    [...String(stream.readable.read()).matchAll(/^id: (\d+)$/gm)].map(([, id]) => id);

  it('sends each event once, whoever offers it and however often', () => {
    const stream = openStream(10n);
    for (const offered of [event(9n, 1n), event(10n, 2n), event(10n, 3n), event(10n, 2n), event(11n, 1n)]) {
      stream.offer(offered);
    }
    expect(sentOf(stream)).toEqual(['2', '3', '1']);
  });

  it('sends what is replayed before what came meanwhile, and nothing twice', async () => {
    const stream = openStream(10n);
    await stream.replay(
      (async function* () {
        stream.offer(event(13n, 4n));
        yield [event(10n, 1n), event(11n, 2n)];
        stream.offer(event(14n, 5n));
        yield [event(12n, 3n), event(13n, 4n)];
      })(),
    );
    stream.offer(event(15n, 6n));
    expect(sentOf(stream)).toEqual(['1', '2', '3', '4', '5', '6']);
  });

  it('waits while replaying until the listener has read', async () => {
    const stream = openStream();
    let pages = 0;
    const replayed = stream.replay(
      (async function* () {
        for (; pages < 100; pages += 1) yield [event(11n, BigInt(pages), 'x'.repeat(100_000))];
      })(),
    );
    await new Promise((resolve) => setImmediate(resolve));
    expect(pages).toBeLessThan(3);
    let received = 0;
    stream.readable.on('data', (chunk: Buffer) => (received += chunk.length));
    await replayed;
    expect(received).toBeGreaterThanOrEqual(10_000_000 - 200_000);
    expect(stream.isOpen).toBe(true);
  });

  it('is cut off when about half a megabyte waits for its listener', () => {
    const stream = openStream();
    for (let id = 1n; id <= 4n; id += 1n) stream.offer(event(11n, id, 'x'.repeat(100_000)));
    expect(stream.isOpen).toBe(true);
    stream.offer(event(11n, 5n, 'x'.repeat(200_000)));
    expect(stream.isOpen).toBe(false);
  });

  it('is cut off when more than half a megabyte comes while older events are replayed', async () => {
    const stream = openStream();
    await stream.replay(
      (async function* () {
        for (let id = 1n; id <= 6n; id += 1n) stream.offer(event(11n, id, 'x'.repeat(100_000)));
        yield [];
      })(),
    );
    expect(stream.isOpen).toBe(false);
  });

  it('ends when the token does', async () => {
    const stream = openStream(10n, new Date(Date.now() + 20));
    const ended = new Promise<void>((resolve) => stream.onClose(resolve));
    stream.readable.resume();
    await expect(ended).resolves.toBeUndefined();
  });
});
