import type { Socket } from 'node:net';
import { StorageFailure } from '../failure.js';

const PEEKED_BYTES = 4096;
/** What a server may send before it has let us in: key exchange and banners need a few kilobytes. */
const MAX_BYTES_BEFORE_LOGIN = 128 * 1024;

const SERVICES = [
  { begin: ['220 ', '220-'], words: '; this port answers as an FTP server: choose FTP, or the port of the SSH server' },
  { begin: ['HTTP/', '<'], words: '; this port answers as a web server' },
  { begin: ['\x15\x03', '\x16\x03'], words: '; this port answers as a TLS service' },
];

/** Looks over the shoulder of ssh2 at what a server sends first, to tell what it is when it does not speak SSH. */
export class Greeting {
  #head = '';
  #bytes = 0;

  constructor(
    private readonly socket: Socket,
    /** Called once what has come cannot become an SSH session any more. */
    private readonly onHopeless: (failure: StorageFailure) => void,
  ) {
    socket.on('data', this.#watch);
  }

  /** To be called once the server has proven itself. */
  stopWatching(): void {
    this.socket.off('data', this.#watch);
  }

  /** Why there is no SSH here; null when the server does speak SSH. `silence` tells how the wait for it ended. */
  whyNotSsh(silence: StorageFailure): StorageFailure | null {
    // RFC 4253 section 4.2: other lines may stand before the identification; 1.99 is 2.0 that also speaks version 1.
    const version = /^SSH-(\d+\.\d+)-/m.exec(this.#head)?.[1];
    if (version === '2.0' || version === '1.99') return null;
    if (version !== undefined) return new StorageFailure('ssh.protocol_version', { step: 'authenticate' });
    if (this.#head === '') return silence;
    // What sshd says instead of its identification.
    if (/^Exceeded MaxStartups/m.test(this.#head))
      return new StorageFailure('quota.connections', { step: 'authenticate' });
    return this.#notSsh();
  }

  #notSsh(): StorageFailure {
    const words = this.#service()?.words;
    const values: Record<string, string> = words === undefined ? {} : { service_words: words };
    return new StorageFailure('ssh.not_ssh', { step: 'authenticate', values });
  }

  #service() {
    return SERVICES.find(({ begin }) => begin.some((characters) => this.#head.startsWith(characters)));
  }

  readonly #watch = (data: Buffer): void => {
    this.#bytes += data.length;
    if (this.#head.length < PEEKED_BYTES) this.#head += data.toString('latin1', 0, PEEKED_BYTES - this.#head.length);
    if (this.#bytes > MAX_BYTES_BEFORE_LOGIN || this.#service()) this.onHopeless(this.#notSsh());
  };
}
