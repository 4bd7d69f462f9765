import { type Channel, IllegalOperationError } from 'amqplib';
import type { ReplyAddress } from './reply-address.js';
import { jsonBody } from './wire-message.js';

/** Transient and without confirm: an asker that hears nothing asks again. */
export function sendReply(
  channel: Channel,
  { replyTo, correlationId }: ReplyAddress,
  data: unknown,
  { progress, user }: { progress: boolean; user: string },
): void {
  try {
    channel.publish('', replyTo, jsonBody(data), {
      contentType: 'application/json',
      correlationId,
      userId: user,
      headers: progress ? { progress: true } : {},
    });
  } catch (error) {
    // The channel is closed: the broker delivers the request again, and its next handler answers.
    if (!(error instanceof IllegalOperationError)) throw error;
  }
}
