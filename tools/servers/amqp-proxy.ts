import { Transform, type TransformCallback } from 'node:stream';
import { NetworkProxy, type Passages } from './network-proxy.js';

const HEADER_BYTES = 7;
/** `AMQP` and a version: the client's first bytes are no frame. */
const GREETING_BYTES = 8;
const METHOD = 1;
const HEADER = 2;
const BODY = 3;

/** Methods by class and number: https://www.rabbitmq.com/amqp-0-9-1-reference */
export const METHODS = {
  startOk: [10, 11],
  open: [10, 40],
  connectionClose: [10, 50],
  channelClose: [20, 40],
  consumeOk: [60, 21],
  deliver: [60, 60],
  publish: [60, 40],
  /** From a client the acknowledgement of a message, from the broker the confirm of a publication. */
  ack: [60, 80],
} as const;

export class Frame {
  constructor(readonly raw: Buffer) {}

  get payload(): Buffer {
    return this.raw.subarray(HEADER_BYTES, -1);
  }

  is([classId, methodId]: (typeof METHODS)[keyof typeof METHODS]): boolean {
    const { raw, payload } = this;
    return raw[0] === METHOD && payload.readUInt16BE(0) === classId && payload.readUInt16BE(2) === methodId;
  }

  /** Part of a message, behind its method. */
  get isContent(): boolean {
    return this.raw[0] === HEADER || this.raw[0] === BODY;
  }

  /** The exchange of a `publish`. */
  get exchange(): string {
    return this.payload.toString('latin1', 7, 7 + this.payload[6]!);
  }

  /** The same `publish`, to another exchange. */
  to(exchange: string): Frame {
    const { raw, payload } = this;
    const name = Buffer.from(exchange, 'latin1');
    const rest = payload.subarray(7 + payload[6]!);
    const changed = Buffer.concat([payload.subarray(0, 6), Buffer.from([name.length]), name, rest]);
    const header = Buffer.from(raw.subarray(0, HEADER_BYTES));
    header.writeUInt32BE(changed.length, 3);
    return new Frame(Buffer.concat([header, changed, raw.subarray(-1)]));
  }
}

/** A connection of ours, by what it is for. */
export interface Connection {
  role: 'publish' | 'consume' | 'request' | null;
  /** Of its process. */
  pid: number | null;
  destroy(): void;
}

/** Told every frame; returns what is sent on in its place. */
export interface Interception {
  toServer?(frame: Frame, connection: Connection): Frame[];
  toClient?(frame: Frame, connection: Connection): Frame[];
}

/** Stands between a process of ours and the broker, and sees single frames. */
export function startAmqpProxy(brokerPort: number, interception: Interception): Promise<NetworkProxy> {
  return NetworkProxy.start(brokerPort, () => passages(interception));
}

function passages(interception: Interception): Passages {
  const connection: Connection = { role: null, pid: null, destroy: () => toServer.destroy() };
  const toServer = new Frames(true, (frame) => {
    if (frame.is(METHODS.startOk)) Object.assign(connection, introductionOf(frame));
    return interception.toServer?.(frame, connection) ?? [frame];
  });
  const toClient = new Frames(false, (frame) => interception.toClient?.(frame, connection) ?? [frame]);
  return { toServer, toClient };
}

/** The name that `AmqpConnection` gives itself: `<application>:<role>:<host>:<pid>`. */
function introductionOf({ payload }: Frame): Pick<Connection, 'role' | 'pid'> {
  const [, role, pid] = /:(publish|consume|request):[^:]*:(\d+)/.exec(payload.toString('latin1')) ?? [];
  return { role: (role as Connection['role'] | undefined) ?? null, pid: pid === undefined ? null : Number(pid) };
}

/** Cuts a stream of bytes into frames. */
class Frames extends Transform {
  private waiting = Buffer.alloc(0);

  constructor(
    private greeting: boolean,
    private readonly pass: (frame: Frame) => Frame[],
  ) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.waiting = Buffer.concat([this.waiting, chunk]);
    if (this.greeting && this.waiting.length >= GREETING_BYTES) {
      this.greeting = false;
      this.push(this.cut(GREETING_BYTES));
    }
    for (let size = this.frameBytes(); size > 0 && !this.destroyed; size = this.frameBytes()) {
      for (const frame of this.pass(new Frame(this.cut(size)))) this.push(frame.raw);
    }
    done();
  }

  /** Of the next frame; 0 when it has not come whole. */
  private frameBytes(): number {
    if (this.greeting || this.waiting.length < HEADER_BYTES) return 0;
    const size = HEADER_BYTES + this.waiting.readUInt32BE(3) + 1;
    return this.waiting.length >= size ? size : 0;
  }

  private cut(bytes: number): Buffer {
    const piece = this.waiting.subarray(0, bytes);
    this.waiting = this.waiting.subarray(bytes);
    return piece;
  }
}
