import { ValidationPipe } from '@nestjs/common';
import { StowageError } from '@stowage/contracts';
import { type MessageContext, readMessageData } from '@stowage/messaging/nest';
import { isUUID } from 'class-validator';
import { toFieldErrors } from '../validation/field-errors.js';

const SCHEMA = /^[a-z.]+\/(\d+)$/;
const MAJOR = 1;
const LONGEST_NONCE = 128;

/** Members that a later minor version adds are let through unread. */
export const QUESTION = new ValidationPipe({
  whitelist: true,
  transform: true,
  exceptionFactory: (errors) => StowageError.validation(errors.flatMap(toFieldErrors)),
});

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

/** @throws StowageError `request.unsupported_schema`, or `request.validation` when header and body disagree */
export function checkHeaders({ envelope }: MessageContext, data: { organization_id: string }): void {
  const { schema, 'organization-id': organizationId } = envelope.headers;
  if (schema !== undefined && Number(SCHEMA.exec(schema)?.[1] ?? Infinity) > MAJOR) {
    throw new StowageError(
      'request.unsupported_schema',
      `This worker understands version ${MAJOR} of ${envelope.type}.`,
    );
  }
  if (organizationId !== undefined && organizationId !== data.organization_id) {
    throw new StowageError(
      'request.validation',
      'The header organization-id differs from organization_id of the body.',
    );
  }
}
