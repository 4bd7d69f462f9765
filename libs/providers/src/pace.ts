import type { Socket } from 'node:net';
import type { Dialer } from './dialer/dialer.js';

const SAMPLE_MS = 500;
/** What stood still for longer hangs. */
const STILL_MS = 10_000;
/** What keeps a connection alive moves a few bytes too, though nothing of an object does. */
const CHATTER_BYTES = 16 * 1024;
const MIB = 1024 ** 2;

/** How fast bytes flow between us and a storage: counted on the connections, so that every protocol is measured alike. */
export class Pace {
  readonly #sockets = new Set<Socket>();
  readonly #samples: { at: number; bytes: number }[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** The dialer, with its connections counted. */
  watch(dialer: Dialer): Dialer {
    const counted = <T extends Socket>(socket: T): T => {
      this.#sockets.add(socket);
      return socket;
    };
    return {
      connect: async (target) => counted(await dialer.connect(target)),
      connectTls: async (target, tls) => counted(await dialer.connectTls(target, tls)),
      upgradeTls: async (socket, target, tls) => {
        const secure = counted(await dialer.upgradeTls(socket, target, tls));
        this.#sockets.delete(socket);
        return secure;
      },
    };
  }

  /** Until `stop`. */
  start(): void {
    this.#take();
    this.#timer = setInterval(() => this.#take(), SAMPLE_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#take();
  }

  /** Whether bytes were on their way to the end, and did not stop somewhere before. */
  get isMoving(): boolean {
    const { first, last } = this.#ends();
    const stoodStillAt = this.#samples.find(({ bytes }) => bytes + CHATTER_BYTES >= last.bytes)?.at ?? first.at;
    const stillMs = last.at - stoodStillAt;
    return last.bytes > first.bytes && stillMs < Math.min(STILL_MS, (last.at - first.at) / 2);
  }

  /** Of both directions together. In words, as a person wants them. */
  inWords(): Record<'moved' | 'seconds' | 'pace', string | number> {
    const { first, last } = this.#ends();
    const seconds = (last.at - first.at) / 1000;
    return {
      moved: `${Math.floor((last.bytes - first.bytes) / MIB)} MiB`,
      seconds: Math.round(seconds),
      pace: paceInWords(this.#lateRate()),
    };
  }

  /** Bytes a second of the later half: the first megabytes vanish into the buffers on the way. */
  #lateRate(): number {
    const { first, last } = this.#ends();
    const half = this.#samples.find(({ at }) => at >= (first.at + last.at) / 2) ?? first;
    return last.at === half.at ? 0 : ((last.bytes - half.bytes) / (last.at - half.at)) * 1000;
  }

  #ends() {
    const nothing = { at: 0, bytes: 0 };
    return { first: this.#samples[0] ?? nothing, last: this.#samples.at(-1) ?? nothing };
  }

  #take(): void {
    const bytes = [...this.#sockets].reduce((sum, { bytesRead, bytesWritten }) => sum + bytesRead + bytesWritten, 0);
    this.#samples.push({ at: performance.now(), bytes });
  }
}

/** @param rate bytes a second */
export function paceInWords(rate: number): string {
  return rate < 0.1 * MIB ? `${Math.round(rate / 1024)} KiB a second` : `${(rate / MIB).toFixed(1)} MiB a second`;
}
