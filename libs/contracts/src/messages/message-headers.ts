import { IsInt, IsString, IsUUID, MaxLength, Min } from 'class-validator';
import { Describe } from '../describe.js';
import { IsLine, MayBeOmitted } from '../validators.js';

/** Headers as the message contract has them. A plain NestJS client may leave all of them out. */
export class MessageHeaders {
  @Describe('Routing key and major version of the data; a higher major is refused.', 'storage.test/1')
  @IsString()
  schema!: string;

  @Describe('Counts from 1.', 1)
  @MayBeOmitted()
  @IsInt()
  @Min(1)
  attempt?: number;

  @Describe('W3C trace context.', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01')
  @MayBeOmitted()
  @IsString()
  traceparent?: string;

  @Describe('W3C trace context.')
  @MayBeOmitted()
  @IsString()
  tracestate?: string;
}

export class EventHeaders extends MessageHeaders {
  @Describe("That of the data; absent for the platform's own storage.", '2f1d6f3e-8f5b-4b1e-9c53-0d8f0a7b6c5d')
  @MayBeOmitted()
  @IsUUID()
  'organization-id'?: string;
}

export class ReportHeaders extends MessageHeaders {
  @Describe('Equal to that of the data.', '2f1d6f3e-8f5b-4b1e-9c53-0d8f0a7b6c5d')
  @IsUUID()
  'organization-id'!: string;
}

export class CommandHeaders extends ReportHeaders {
  @Describe(
    'Epoch milliseconds, AMQP signed 64-bit integer: not begun after it, but said to be expired. Do not set the AMQP expiration: the broker would drop the message in silence.',
    1_768_120_500_000,
  )
  @MayBeOmitted()
  @IsInt()
  deadline?: number;

  @Describe('Equal to that of the data, where it has one.')
  @MayBeOmitted()
  @IsLine(255)
  'idempotency-key'?: string;
}

export class RequestHeaders extends ReportHeaders {
  @Describe(
    'Epoch milliseconds, AMQP signed 64-bit integer: neither run nor answered after it. 5 s from receipt stand in for it.',
    1_768_120_205_000,
  )
  @IsInt()
  deadline!: number;
}

/** AMQP 0-9-1 properties of a message, under the names of that standard. */
export class MessageProperties {
  @Describe('Always application/json, in UTF-8.', 'application/json')
  @IsString()
  content_type!: string;

  @Describe('2 (persistent) on commands, reports and events; requests are transient.', 2)
  @MayBeOmitted()
  @IsInt()
  delivery_mode?: number;

  @Describe(
    'Any UUID, version 7 preferred. Required on commands, reports and events: it makes a redelivery harmless. Ignored on requests.',
    '019b0c4e-7a10-7cc3-98c4-dc0c0c07398f',
  )
  @MayBeOmitted()
  @IsUUID()
  message_id?: string;

  @Describe('The routing key.', 'storage.test')
  @MayBeOmitted()
  @IsString()
  type?: string;

  @Describe('Seconds since the epoch.', 1_768_120_200)
  @MayBeOmitted()
  @IsInt()
  timestamp?: number;

  @Describe('Name of the sending program.', 'backup-service')
  @MayBeOmitted()
  @IsString()
  app_id?: string;

  @Describe(
    "The sender's broker user, which the broker checks. Who is not in the service registry is refused.",
    'backup',
  )
  @IsString()
  user_id!: string;

  @Describe(
    'Without it there is no reply. Events carry that of their command, else its message id.',
    '7e57ab1e-0000-4000-8000-000000000001',
  )
  @MayBeOmitted()
  @MaxLength(128)
  @IsString()
  correlation_id?: string;

  @Describe('`amq.rabbitmq.reply-to`, or the reply queue of the registry.', 'amq.rabbitmq.reply-to')
  @MayBeOmitted()
  @IsString()
  reply_to?: string;
}
