import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type CommandName, type ErrorBody, StowageError, toErrorBody } from '@stowage/contracts';
import { DeadLetter, type MessageContext } from '@stowage/messaging/nest';
import { isUUID } from 'class-validator';
import { DataSource } from 'typeorm';
import type { NewOperation } from '../operations/new-operation.js';
import { OperationReplies } from '../operations/operation-replies.js';
import { recordEvent } from '../outbox/outbox.js';
import { checkHeaders } from '../rpc/service-question.js';
import { ServiceRegistry } from '../service-registry/service-registry.js';
import { readMessage } from '../validation/read-message.js';
import { holdsClearSecret, withoutSecrets } from './clear-secrets.js';

interface AcceptedCommand<T> {
  data: T;
  /** Identity, reply address and deadline, as the queue of operations wants them. */
  envelope: Pick<NewOperation, 'callerId' | 'messageId' | 'correlationId' | 'replyTo' | 'traceparent' | 'deadline'>;
}

/** Lets commands in, or refuses them with an event, a reply and a copy without secrets among the dead letters. */
@Injectable()
export class CommandIntake {
  constructor(
    private readonly services: ServiceRegistry,
    private readonly dataSource: DataSource,
    private readonly replies: OperationReplies,
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
      await this.reject(name, data, toErrorBody(error), context);
      throw new DeadLetter(error.code, withoutSecrets(data));
    }
  }

  private requireRight(name: CommandName, { envelope: { user_id, app_id } }: MessageContext): string {
    const service = this.services.identify(user_id, app_id);
    if (service === null) {
      throw new StowageError('request.user_id', 'The sender (user_id) is not a registered service.');
    }
    if (!service.may.has(name)) throw new StowageError('permission.denied', `${service.name} may not send ${name}.`);
    return service.amqpUser;
  }

  private async reject(key: CommandName, data: unknown, error: ErrorBody, { envelope }: MessageContext): Promise<void> {
    await recordEvent(this.dataSource.manager, {
      event: 'storage.command.rejected',
      // Of a stranger's message nothing is believed, not even whom it concerns.
      organizationId: error.code === 'request.user_id' ? null : organizationOf(data),
      storageConfigId: null,
      correlationId: envelope.correlation_id ?? envelope.message_id,
      traceparent: envelope.headers.traceparent ?? null,
      data: { command_id: envelope.message_id, key, error: { code: error.code, detail: error.detail } },
    });
    await this.replies.refuse(envelope, organizationOf(data), error);
  }
}

function compromised(): StowageError {
  return new StowageError(
    'credentials.not_sealed',
    'A secret came in clear and must be taken as compromised: revoke it, and send a new one as `credentials`, sealed to the worker.',
  );
}

function envelopeOf({ envelope, deadline }: MessageContext, callerId: string): AcceptedCommand<unknown>['envelope'] {
  const { message_id } = envelope;
  if (message_id !== null && !isUUID(message_id)) {
    throw StowageError.validation([
      { field: 'message_id', code: 'request.message_id', message: 'message_id must be a UUID.' },
    ]);
  }
  return {
    callerId,
    messageId: message_id ?? randomUUID(),
    correlationId: envelope.correlation_id,
    replyTo: envelope.reply_to,
    traceparent: envelope.headers.traceparent ?? null,
    deadline: deadline === null ? null : new Date(deadline),
  };
}

function organizationOf(data: unknown): string | null {
  const id = typeof data === 'object' && data !== null ? (data as Record<string, unknown>)['organization_id'] : null;
  return isUUID(id) ? (id as string) : null;
}
