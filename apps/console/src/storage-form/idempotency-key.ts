const BYTES = 16;

/** Not by `crypto.randomUUID`, which a page over plain HTTP in a private network does not have. */
export function newIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(BYTES)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );
}
