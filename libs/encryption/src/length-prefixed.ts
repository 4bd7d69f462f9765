/**
 * Joins the parts so that no other parts give the same bytes: 4 bytes of big-endian length before each. Plain
 * concatenation would let (`row-`, `1org`) stand for (`row-1`, `org`).
 */
export function lengthPrefixed(...parts: (string | Uint8Array)[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const bytes = Buffer.from(part);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}
