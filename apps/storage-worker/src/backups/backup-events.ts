import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  BackupCompleted,
  BackupDeleted,
  type BackupEvent,
  BackupFailed,
  BackupStarted,
  StowageError,
  traceContextOf,
} from '@stowage/contracts';
import { MessageContext, OnBackupEvent } from '@stowage/messaging/nest';
import { checkHeaders, readMessageId } from '../rpc/check-headers.js';
import { ServiceRegistry } from '../service-registry/service-registry.js';
import { readMessage } from '../validation/read-message.js';
import { BackupLedger } from './ledger.js';
import type { BackupReport } from './ledger-line.js';

/** The reports of the backup service. What is not valid goes to the dead letters with its reason. */
@Controller()
export class BackupEvents {
  constructor(
    private readonly ledger: BackupLedger,
    private readonly services: ServiceRegistry,
  ) {}

  @OnBackupEvent('backup.started')
  async started(@Payload() body: unknown, @Ctx() context: MessageContext): Promise<void> {
    await this.record({ event: 'backup.started', data: this.read(BackupStarted, body, context) }, context);
  }

  @OnBackupEvent('backup.completed')
  async completed(@Payload() body: unknown, @Ctx() context: MessageContext): Promise<void> {
    await this.record({ event: 'backup.completed', data: this.read(BackupCompleted, body, context) }, context);
  }

  @OnBackupEvent('backup.failed')
  async failed(@Payload() body: unknown, @Ctx() context: MessageContext): Promise<void> {
    await this.record({ event: 'backup.failed', data: this.read(BackupFailed, body, context) }, context);
  }

  @OnBackupEvent('backup.deleted')
  async deleted(@Payload() body: unknown, @Ctx() context: MessageContext): Promise<void> {
    await this.record({ event: 'backup.deleted', data: this.read(BackupDeleted, body, context) }, context);
  }

  private read<T extends BackupEvent>(dto: new () => T, body: unknown, context: MessageContext): T {
    const { envelope } = context;
    const service = this.services.identify(envelope.user_id, envelope.app_id);
    if (service === null) throw new StowageError('request.user_id', 'The sender is not a registered service.');
    if (!service.may.has('backup.report')) {
      throw new StowageError('permission.denied', `${service.name} may not report backups.`);
    }
    const data = readMessage(dto, body);
    checkHeaders(context, data);
    return data;
  }

  private async record(report: BackupReport, { envelope }: MessageContext): Promise<void> {
    const messageId = readMessageId(envelope);
    await this.ledger.record(report, {
      correlationId: envelope.correlation_id ?? messageId,
      trace: traceContextOf(envelope.headers),
    });
  }
}
