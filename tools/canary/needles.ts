/** How many bytes of a needle decide whether a place is looked at closely. */
const HEAD = 3;

export interface Needle {
  /** Which secret. */
  secret: string;
  /** In which spelling, e.g. `base64`. */
  spelling: string;
  bytes: Buffer;
}

/** A secret as it could lie about: as it is, and in what programs turn a text into on its way. */
export function needlesOf(secret: string, value: string): Needle[] {
  const json = JSON.stringify(value).slice(1, -1);
  const hex = Buffer.from(value).toString('hex');
  const spellings: [string, string | Buffer][] = [
    ['as it is', value],
    ['UTF-16', Buffer.from(value, 'utf16le')],
    ['JSON', json],
    ['JSON in JSON', JSON.stringify(json).slice(1, -1)],
    ['URL', encodeURIComponent(value)],
    ['form', new URLSearchParams({ v: value }).toString().slice(2)],
    ['hex', hex],
    ['HEX', hex.toUpperCase()],
    ...([0, 1, 2] as const).flatMap((offset): [string, string][] => [
      ['base64', innerBase64(value, offset, 'base64')],
      ['base64url', innerBase64(value, offset, 'base64url')],
    ]),
  ];
  const needles = spellings.map(([spelling, text]) => ({ secret, spelling, bytes: Buffer.from(text as string) }));
  const seen = new Set<string>();
  return needles.filter(({ bytes }) => {
    const key = bytes.toString('latin1');
    return seen.has(key) ? false : Boolean(seen.add(key));
  });
}

/** Base64 of the value in the middle of something longer: without the letters that its neighbours share in. */
function innerBase64(value: string, offset: 0 | 1 | 2, encoding: 'base64' | 'base64url'): string {
  const encoded = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)])
    .toString(encoding)
    .replaceAll('=', '');
  const first = offset === 0 ? 0 : offset + 1;
  const isOpen = (offset + Buffer.byteLength(value)) % 3 !== 0;
  return encoded.slice(first, isOpen ? -1 : undefined);
}

/** Many needles in much hay: one pass, whatever the number of needles. */
export class NeedleSearch {
  readonly #byHead = new Map<number, Needle[]>();
  readonly #heads = new Uint8Array(2 ** (8 * HEAD - 3));

  constructor(needles: readonly Needle[]) {
    for (const needle of needles) {
      if (needle.bytes.length < 8) throw new Error(`${needle.secret} is too short to be told from chance`);
      const head = headAt(needle.bytes, 0);
      this.#heads[head >> 3]! |= 1 << (head & 7);
      this.#byHead.set(head, [...(this.#byHead.get(head) ?? []), needle]);
    }
  }

  /** Those that occur, each once. */
  in(hay: Buffer): Needle[] {
    const found = new Set<Needle>();
    if (hay.length < HEAD) return [];
    // A dump has gigabytes: nothing is called for a byte that begins no needle.
    const heads = this.#heads;
    let head = (hay[0]! << 8) | hay[1]!;
    for (let next = HEAD - 1; next < hay.length; next++) {
      head = ((head << 8) | hay[next]!) & 0xff_ff_ff;
      if ((heads[head >> 3]! & (1 << (head & 7))) === 0) continue;
      const at = next - (HEAD - 1);
      for (const needle of this.#byHead.get(head) ?? []) {
        const { bytes } = needle;
        if (hay.compare(bytes, 0, bytes.length, at, Math.min(at + bytes.length, hay.length)) === 0) found.add(needle);
      }
    }
    return [...found];
  }
}

function headAt(bytes: Buffer, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}
