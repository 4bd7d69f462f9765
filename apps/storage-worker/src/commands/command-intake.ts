import { createHash, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type CommandName, StowageError, toErrorBody, traceContextOf } from '@stowage/contracts';
import { DeadLetter, type MessageContext } from '@stowage/messaging/nest';
import { isUUID } from 'class-validator';
import { RefusalAudit } from '../audit/refusal-audit.js';
import type { NewOperation } from '../operations/new-operation.js';
import { OperationReplies } from '../operations/operation-replies.js';
import { recordEvent } from '../outbox/outbox.js';
import { checkHeaders, readableCorrelationId, readMessageId } from '../rpc/check-headers.js';
import { ServiceRegistry } from '../service-registry/service-registry.js';
import { readMessage } from '../validation/read-message.js';
import { holdsClearSecret, withoutSecrets } from './clear-secrets.js';
import { Tenants } from '../tenants/tenants.js';

interface AcceptedCommand<T> {
  data: T;
  /** Identity, reply address and deadline, as the queue of operations wants them. */
  envelope: Pick<NewOperation, 'callerId' | 'messageId' | 'correlationId' | 'replyTo' | 'trace' | 'deadline'>;
}

/** Lets commands in, or refuses them with an event, a reply and a copy without secrets among the dead letters. */
@Injectable()
export class CommandIntake {
  constructor(
    private readonly services: ServiceRegistry,
    private readonly tenants: Tenants,
    private readonly replies: OperationReplies,
    private readonly refusals: RefusalAudit,
  ) {}

  /**
   * @param data the body as it came; validated here, not by a pipe, as a refused body may hold secrets
   * @throws DeadLetter after the refusal is recorded
   */
  async accept<T extends { organization_id: string }>(
    name: CommandName,
    dto: new () => T,
    data: unknown,
    context: MessageContext,
  ): Promise<AcceptedCommand<T>> {
    try {
      const callerId = this.requireRight(name, context);
      if (holdsClearSecret(data)) throw compromised();
      const command = readMessage(dto, data);
      checkHeaders(context, command);
      return { data: command, envelope: envelopeOf(context, callerId) };
    } catch (error) {
      if (!(error instanceof StowageError)) throw error;
      await this.reject(name, organizationOf(data), error, context);
      throw new DeadLetter(error.code, withoutSecrets(data));
    }
  }

  /** A command whose body cannot be read: what its envelope tells is all that is known of it. */
  async refuseUnread(name: CommandName, error: StowageError, context: MessageContext): Promise<void> {
    let reason = error;
    try {
      this.requireRight(name, context);
    } catch (refusal) {
      if (!(refusal instanceof StowageError)) throw refusal;
      reason = refusal;
    }
    const { 'organization-id': organizationId } = context.envelope.headers;
    await this.reject(name, isUUID(organizationId) ? organizationId! : null, reason, context);
  }

  private requireRight(name: CommandName, { envelope: { user_id, app_id } }: MessageContext): string {
    const service = this.services.identify(user_id, app_id);
    if (service === null) {
      throw new StowageError('request.user_id', 'The sender (user_id) is not a registered service.');
    }
    if (!service.may.has(name)) throw new StowageError('permission.denied', `${service.name} may not send ${name}.`);
    return service.amqpUser;
  }

  private async reject(
    key: CommandName,
    claimed: string | null,
    error: StowageError,
    { envelope }: MessageContext,
  ): Promise<void> {
    const { code, detail } = error;
    // Of a stranger's message nothing is believed, not even whom it concerns.
    const organizationId = code === 'request.user_id' ? null : claimed;
    const service = this.services.identify(envelope.user_id, envelope.app_id)?.name ?? null;
    this.refusals.note({ service, userId: envelope.user_id, routingKey: key }, error);
    const commandId = isUUID(envelope.message_id) ? envelope.message_id : null;
    const rejected = {
      event: 'storage.command.rejected' as const,
      messageId: refusalId(envelope),
      organizationId,
      storageConfigId: null,
      correlationId: readableCorrelationId(envelope) ?? commandId,
      trace: traceContextOf(envelope.headers),
      data: { command_id: commandId, key, error: { code, detail } },
    };
    await this.tenants.run(organizationId, (manager) => recordEvent(manager, rejected));
    await this.replies.refuse(envelope, claimed, toErrorBody(error));
  }
}

/** The same for each delivery of a command, so that a refusal that is published again is known by its message id. */
function refusalId({ user_id, message_id, routing_key }: MessageContext['envelope']): string | undefined {
  if (message_id === null) return undefined;
  const hash = createHash('sha256')
    .update(JSON.stringify([user_id, message_id, routing_key]))
    .digest('hex');
  // RFC 9562, version 8: made of whatever its maker likes.
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}

function compromised(): StowageError {
  return new StowageError(
    'credentials.not_sealed',
    'A secret came in clear and must be taken as compromised: revoke it, and send a new one as `credentials`, sealed to the worker.',
  );
}

function envelopeOf({ envelope, deadline }: MessageContext, callerId: string): AcceptedCommand<unknown>['envelope'] {
  return {
    callerId,
    messageId: readMessageId(envelope) ?? randomUUID(),
    correlationId: envelope.correlation_id,
    replyTo: envelope.reply_to,
    trace: traceContextOf(envelope.headers),
    deadline: deadline === null ? null : new Date(deadline),
  };
}

function organizationOf(data: unknown): string | null {
  const id = typeof data === 'object' && data !== null ? (data as Record<string, unknown>)['organization_id'] : null;
  return isUUID(id) ? (id as string) : null;
}
