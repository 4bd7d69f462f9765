import { type FieldError, schemaOf, StowageError } from '@stowage/contracts';
import type { MessageContext } from '@stowage/messaging/nest';
import { isUUID } from 'class-validator';

const REQUIRED = ['schema', 'organization-id'] as const;
const LONGEST_CORRELATION_ID = 128;
const CONTROL = /\p{Cc}/u;

/**
 * The envelope rules of the message contract that the broker does not check itself. A plain NestJS client sends no
 * headers: of a message in its shape none is required.
 * @throws StowageError `request.unsupported_schema`, or `request.validation` when a header is missing or disagrees with the
 * body
 */
export function checkHeaders(context: MessageContext, data: { organization_id: string }): void {
  const { envelope } = context;
  const { schema, 'organization-id': organizationId } = envelope.headers;
  const missing = REQUIRED.filter((name) => envelope.headers[name] === undefined);
  if (missing.length > 0 && context.message.nest === undefined) {
    throw StowageError.validation(missing.map((name) => invalid(name, `The header ${name} is required.`)));
  }
  if (schema !== undefined && schema !== schemaOf(envelope.routing_key)) {
    throw new StowageError(
      'request.unsupported_schema',
      `This worker understands ${schemaOf(envelope.routing_key)}, given as the header schema.`,
    );
  }
  if (organizationId !== undefined && organizationId !== data.organization_id) {
    throw new StowageError(
      'request.validation',
      'The header organization-id differs from organization_id of the body.',
    );
  }
  if (envelope.correlation_id !== null && readableCorrelationId(envelope) === null) {
    const message = `correlation_id must have 1 to ${LONGEST_CORRELATION_ID} characters, none of them a control character.`;
    throw StowageError.validation([invalid('correlation_id', message)]);
  }
}

/** The sender's correlation id, where it keeps to the contract. */
export function readableCorrelationId({ correlation_id: id }: MessageContext['envelope']): string | null {
  return id !== null && id.length <= LONGEST_CORRELATION_ID && !CONTROL.test(id) ? id : null;
}

/**
 * The id of a command or a report; null where it has none, as from a plain NestJS client.
 * @throws StowageError `request.validation` when it is no UUID
 */
export function readMessageId({ message_id: id }: MessageContext['envelope']): string | null {
  if (id !== null && !isUUID(id)) {
    throw StowageError.validation([invalid('message_id', 'message_id must be a UUID.')]);
  }
  return id;
}

const invalid = (field: string, message: string): FieldError => ({ field, code: `request.${field}`, message });
