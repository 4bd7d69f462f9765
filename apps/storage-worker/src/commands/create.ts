import { Controller, type OnModuleInit } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { CreateStorageCommand, type ErrorBody } from '@stowage/contracts';
import type { StorageOperationEntity } from '@stowage/entities';
import { MessageContext, OnCommand } from '@stowage/messaging/nest';
import type { EntityManager } from 'typeorm';
import {
  type OperationContext,
  type OperationHandler,
  OperationHandlers,
  type OperationOutcome,
} from '../operations/operation-handler.js';
import { OperationsService } from '../operations/operations.service.js';
import { recordEvent } from '../outbox/outbox.js';
import { ServiceRegistry } from '../service-registry/service-registry.js';
import { ConfigCreation } from '../storage-configs/create-config.js';
import { CommandIntake } from './command-intake.js';

interface CreatePayload {
  idempotency_key: string;
  /** The body of REST without its secrets. */
  config: object;
  /** JWE compact, sealed to the worker. */
  credentials: string;
}

/** Creates a storage exactly once: the idempotency key is remembered in the very transaction that creates. */
@Controller()
export class CreateCommand implements OperationHandler, OnModuleInit {
  readonly kind = 'storage.create';
  readonly timeLimitMs = 30_000;

  constructor(
    private readonly intake: CommandIntake,
    private readonly operations: OperationsService,
    private readonly handlers: OperationHandlers,
    private readonly services: ServiceRegistry,
    private readonly creation: ConfigCreation,
  ) {}

  onModuleInit(): void {
    this.handlers.register(this);
  }

  @OnCommand('storage.create')
  async receive(@Payload() body: unknown, @Ctx() context: MessageContext): Promise<void> {
    const { data, envelope } = await this.intake.accept('storage.create', CreateStorageCommand, body, context);
    const { organization_id, idempotency_key, credentials, ...config } = data;
    await this.operations.enqueue({
      kind: 'storage.create',
      organizationId: organization_id,
      storageConfigId: null,
      payload: { idempotency_key, config, credentials } satisfies CreatePayload,
      ...envelope,
    });
  }

  async run(operation: StorageOperationEntity, { signal }: OperationContext): Promise<OperationOutcome> {
    const { organizationId, callerId, correlationId, messageId, trace } = operation;
    const { idempotency_key, config, credentials } = operation.payload as unknown as CreatePayload;
    const storage = await this.creation.create(
      { organizationId, idempotencyKey: idempotency_key, config, credentials },
      {
        actor: `service:${this.services.ofUser(callerId)?.name ?? callerId}`,
        ip: null,
        requestId: null,
        deadline: null,
        signal,
        correlationId: correlationId ?? messageId,
        trace,
      },
    );
    return { result: { storage }, storageConfigId: storage.id };
  }

  async failed(manager: EntityManager, operation: StorageOperationEntity, error: ErrorBody): Promise<void> {
    await recordEvent(manager, {
      event: 'storage.create.failed',
      organizationId: operation.organizationId,
      storageConfigId: null,
      correlationId: operation.correlationId ?? operation.messageId,
      trace: operation.trace,
      data: {
        command_id: operation.messageId,
        key: operation.kind,
        error: { code: error.code, detail: error.detail },
      },
    });
  }
}
