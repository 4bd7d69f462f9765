import { type MessageContext, readMessageData } from '@stowage/messaging/nest';
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

export function readAsked({ envelope }: MessageContext): Asked {
  const { recipient, organization_id: organizationId, nonce } = readableData(envelope);
  return {
    correlationId: envelope.correlation_id,
    userId: envelope.user_id,
    recipient: typeof recipient === 'string' ? recipient : null,
    organizationId: typeof organizationId === 'string' && isUUID(organizationId) ? organizationId : null,
    nonce: typeof nonce === 'string' && nonce.length <= LONGEST_NONCE ? nonce : null,
  };
}

function readableData(envelope: MessageContext['envelope']): Record<string, unknown> {
  try {
    return readMessageData(envelope).data;
  } catch {
    return {};
  }
}
