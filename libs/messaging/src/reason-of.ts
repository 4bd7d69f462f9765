import { nameOf } from '@stowage/contracts';

/** How amqplib and the broker name what went wrong, e.g. `403 (ACCESS-REFUSED)`. AMQP 0-9-1, section 1.2. */
const REPLY_CODE = /\b[345]\d\d \([A-Z][A-Z_-]{2,40}\)/;

/** What a log may say of the loss of a connection or channel. Not its message: the broker's quotes what it was sent. */
export function reasonOf(error: unknown): string {
  const said = error instanceof Error ? (REPLY_CODE.exec(error.message)?.[0] ?? '') : '';
  return [nameOf(error), said].filter(Boolean).join(' ');
}
