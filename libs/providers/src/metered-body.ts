import { createHash } from 'node:crypto';
import { pipeline, Readable, Transform } from 'node:stream';

/** The body on its way, and what is known of it once it has flowed. */
export class MeteredBody {
  readonly body: Readable | Uint8Array;
  readonly #hash = createHash('sha256');
  size = 0;

  constructor(body: Readable | Uint8Array) {
    this.body = body instanceof Readable ? this.#meter(body) : body;
    if (!(body instanceof Readable)) this.#take(body);
  }

  /** False while the source has nothing to give. */
  get isWaitingForStorage(): boolean {
    return !(this.body instanceof Readable) || this.body.readableEnded || this.body.readableLength > 0;
  }

  /** Hexadecimal; to be asked for once. */
  sha256(): string {
    return this.#hash.digest('hex');
  }

  /** A body that fails or ends early must fail the upload: half a dump is no backup. */
  #meter(source: Readable): Readable {
    const take = (chunk: Buffer) => this.#take(chunk);
    const meter = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        take(chunk);
        done(null, chunk);
      },
    });
    pipeline(source, meter, () => undefined);
    return meter;
  }

  #take(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.size += chunk.byteLength;
  }
}
