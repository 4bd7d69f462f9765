import type { ErrorBody } from './errors.js';
import type { OperationKind, OperationStatus } from './vocabulary.js';

/** A piece of asynchronous work; kept for 7 days after its end. */
export interface Operation {
  id: string;
  kind: OperationKind;
  organization_id: string | null;
  storage_config_id: string | null;
  status: OperationStatus;
  superseded_by: string | null;
  progress: { objects: number; bytes: number };
  result: Record<string, unknown> | null;
  error: ErrorBody | null;
  /** From 1; 0 while it has never begun. */
  attempt: number;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
}
