import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  BackupCompleted,
  BackupDeleted,
  type BackupEvent,
  BackupFailed,
  BackupStarted,
  StowageError,
} from '@stowage/contracts';
import { MessageContext, OnBackupEvent } from '@stowage/messaging/nest';
import { requireSchema } from '../commands/schema.js';
import { ServiceRegistry } from '../service-registry/service-registry.js';
import { readRequested } from '../storage-configs/requested-config.js';
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

  private read<T extends BackupEvent>(dto: new () => T, body: unknown, { envelope }: MessageContext): T {
    const service = this.services.ofUser(envelope.user_id);
    if (service === null) throw new StowageError('request.user_id', 'The sender is not a registered service.');
    if (!service.may.has('backup.report')) {
      throw new StowageError('permission.denied', `${service.name} may not report backups.`);
    }
    requireSchema(envelope.routing_key, envelope.headers.schema);
    const data = readRequested(dto, body, null);
    if (envelope.headers['organization-id'] !== data.organization_id) {
      throw new StowageError(
        'request.validation',
        'The header organization-id must equal organization_id of the body.',
      );
    }
    return data;
  }

  private record(report: BackupReport, { envelope }: MessageContext): Promise<void> {
    return this.ledger.record(report, {
      correlationId: envelope.correlation_id ?? envelope.message_id,
      traceparent: envelope.headers.traceparent ?? null,
    });
  }
}
