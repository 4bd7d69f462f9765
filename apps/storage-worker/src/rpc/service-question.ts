import type { MessageContext } from '@stowage/messaging/nest';
import { isUUID } from 'class-validator';

const LONGEST_NONCE = 128;

/** What a signed answer repeats of its question, as far as the question can be read at all. */
export interface Asked {
  correlationId: string | null;
  userId: string | null;
  /** The name that the question claims. */
  recipient: string | null;
  organizationId: string | null;
  nonce: string | null;
}

export function readAsked(context: MessageContext): Asked {
  const { envelope } = context;
  const { recipient, organization_id: organizationId, nonce } = readableData(context);
  return {
    correlationId: envelope.correlation_id,
    userId: envelope.user_id,
    recipient: typeof recipient === 'string' ? recipient : null,
    organizationId: typeof organizationId === 'string' && isUUID(organizationId) ? organizationId : null,
    nonce: typeof nonce === 'string' && nonce.length <= LONGEST_NONCE ? nonce : null,
  };
}

function readableData(context: MessageContext): Record<string, unknown> {
  try {
    return context.message.data;
  } catch {
    return {};
  }
}
