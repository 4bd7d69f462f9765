import { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { gatherWrites } from './gather-writes.js';

class Recorder extends Writable {
  /** What reached the operating system, call by call. */
  readonly calls: string[] = [];

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.calls.push(chunk.toString());
    done();
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.calls.push(chunks.map(({ chunk }) => chunk.toString()).join(''));
    done();
  }
}

describe('gatherWrites', () => {
  it('sends in one call, and in order, what is written in one turn', async () => {
    const stream = new Recorder();
    gatherWrites(stream);
    for (const part of ['header ', 'body ', 'ack']) stream.write(part);
    await setImmediate();
    expect(stream.calls).toEqual(['header body ack']);
  });

  it('holds nothing back for the next turn', async () => {
    const stream = new Recorder();
    gatherWrites(stream);
    stream.write('one');
    await setImmediate();
    stream.write('two');
    await setImmediate();
    expect(stream.calls).toEqual(['one', 'two']);
  });

  it('still tells when the other side is slow, and when it has caught up', async () => {
    const stream = new Recorder({ highWaterMark: 4 });
    gatherWrites(stream);
    let drained = false;
    stream.once('drain', () => (drained = true));
    expect(stream.write('more than four')).toBe(false);
    await setImmediate();
    expect(drained).toBe(true);
  });

  it('loses nothing of what was written before the end', async () => {
    const stream = new Recorder();
    gatherWrites(stream);
    stream.write('last ');
    stream.end('words');
    await setImmediate();
    expect(stream.calls.join('')).toBe('last words');
  });
});
