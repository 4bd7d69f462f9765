import { IsBoolean, IsIn, IsInt, IsISO8601, IsObject, IsString, IsUUID } from 'class-validator';
import { Describe, Holds, HoldsList } from './describe.js';
import type { ErrorBody } from './errors.js';
import { FieldProblem } from './problem.dto.js';
import { MayBeOmitted, OrNull } from './validators.js';
import { OPERATION_KINDS, OPERATION_STATUSES, type OperationKind, type OperationStatus } from './vocabulary.js';

export class OperationProgress {
  @Describe('Objects dealt with so far.', 12_000)
  @IsInt()
  objects!: number;

  @Describe('Bytes dealt with so far.', 5_368_709_120)
  @IsInt()
  bytes!: number;
}

export class OperationError implements ErrorBody {
  @Describe('Stable code to act on.', 'network.timeout')
  @IsString()
  code!: string;

  @Describe('What happened, in one sentence.', 'Connection timeout')
  @IsString()
  detail!: string;

  @Describe('Whether the same may succeed later, unchanged.', true)
  @IsBoolean()
  retryable!: boolean;

  @Describe('Each bad field, where the input was not valid.')
  @MayBeOmitted()
  @HoldsList(() => FieldProblem)
  errors?: FieldProblem[];
}

/** A piece of asynchronous work; kept for 7 days after its end. */
export class Operation {
  @Describe('Ask for it at /storage-operations/{id}.', '5f2b9f0a-6d5e-4c8e-9f57-0a5b3c1d2e4f')
  @IsUUID()
  id!: string;

  @Describe('What is done.', 'storage.usage.refresh')
  @IsIn(OPERATION_KINDS)
  kind!: OperationKind;

  @Describe('The organization that it is done for; null for the platform.')
  @OrNull()
  @IsUUID()
  organization_id!: string | null;

  @Describe('The storage that it concerns.')
  @OrNull()
  @IsUUID()
  storage_config_id!: string | null;

  @Describe('Where it stands; all but queued and running are final.', 'running')
  @IsIn(OPERATION_STATUSES)
  status!: OperationStatus;

  @Describe('For superseded: the operation whose outcome answers for this one too.')
  @OrNull()
  @IsUUID()
  superseded_by!: string | null;

  @Describe('How far it has come.')
  @Holds(() => OperationProgress)
  progress!: OperationProgress;

  @Describe('For succeeded: what came of it; its fields depend on the kind.')
  @OrNull()
  @IsObject()
  result!: Record<string, unknown> | null;

  @Describe('For failed, expired and cancelled: why.')
  @OrNull()
  @Holds(() => OperationError)
  error!: OperationError | null;

  @Describe('Counts from 1; 0 while it has never begun.', 1)
  @IsInt()
  attempt!: number;

  @Describe('RFC 3339, UTC.', '2026-01-11T10:30:00.000Z')
  @IsISO8601()
  created_at!: string;

  @Describe('RFC 3339, UTC.')
  @OrNull()
  @IsISO8601()
  started_at!: string | null;

  @Describe('RFC 3339, UTC.')
  @OrNull()
  @IsISO8601()
  finished_at!: string | null;
}
