import { Injectable } from '@nestjs/common';
import type { ErrorBody, OperationKind } from '@stowage/contracts';
import type { StorageOperationEntity } from '@stowage/entities';
import type { EntityManager } from 'typeorm';

/** How one kind of operation is done. It may run again after a crash, so what it does outside the database must bear that. */
export interface OperationHandler {
  readonly kind: OperationKind;
  /** Longest run, milliseconds; then the signal fires and the attempt has failed. */
  readonly timeLimitMs: number;

  /**
   * Does the work. What it throws is retried if its code is retryable, else it ends the operation as failed.
   */
  run(operation: StorageOperationEntity, context: OperationContext): Promise<OperationOutcome>;

  /** Part of the transaction that ends the operation as failed, e.g. to say so in an event. */
  failed?(manager: EntityManager, operation: StorageOperationEntity, error: ErrorBody): Promise<void>;
}

export interface OperationContext {
  /** Fires on cancellation, at the time limit, when the lease is lost and when the process drains. */
  signal: AbortSignal;
  /** May be called as often as one likes; it is written at most once a second. */
  progress: (progress: { objects: number; bytes: number }) => void;
}

export interface OperationOutcome {
  result: object;
  /** The config that the operation made, where it had none before. */
  storageConfigId?: string;
  /** Runs in the transaction that ends the operation: either both happen or neither, even if the work was done twice. */
  commit?: (manager: EntityManager) => Promise<void>;
}

/** Filled by each handler when its module starts. */
@Injectable()
export class OperationHandlers {
  private readonly byKind = new Map<OperationKind, OperationHandler>();

  register(handler: OperationHandler): void {
    if (this.byKind.has(handler.kind)) throw new Error(`${handler.kind} has two handlers`);
    this.byKind.set(handler.kind, handler);
  }

  /** @throws Error when nobody handles the kind: a mistake of wiring */
  of(kind: OperationKind): OperationHandler {
    const handler = this.byKind.get(kind);
    if (handler === undefined) throw new Error(`${kind} has no handler`);
    return handler;
  }
}
