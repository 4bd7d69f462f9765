import type { BrokerLogger } from './broker-logger.js';
import type { IncomingMessage } from './broker.js';

/** Whether an asker, as the broker knows it, may have replies sent there. Else anyone could fill anyone's queue. */
export type MayReplyTo = (replyTo: string, userId: string | null) => boolean;

/** Addresses that RabbitMQ makes for one channel of the asker: https://www.rabbitmq.com/docs/direct-reply-to */
export const DIRECT_REPLY_PREFIX = 'amq.rabbitmq.reply-to.';

export const onlyDirectReplyTo: MayReplyTo = (replyTo) => replyTo.startsWith(DIRECT_REPLY_PREFIX);

export interface ReplyAddress {
  replyTo: string;
  correlationId: string;
}

export function replyAddressOf(
  { reply_to, correlation_id, user_id, routing_key }: IncomingMessage,
  mayReplyTo: MayReplyTo,
  logger: BrokerLogger,
): ReplyAddress | undefined {
  if (reply_to === null || correlation_id === null) return undefined;
  if (mayReplyTo(reply_to, user_id)) return { replyTo: reply_to, correlationId: correlation_id };
  logger.warn(
    `${user_id ?? 'A user without name'} asked for the reply to ${routing_key} at an address it may not name`,
  );
  return undefined;
}
