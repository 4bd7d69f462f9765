import type { OperationKind, TraceContext } from '@stowage/contracts';
import type { OperationLane } from '@stowage/entities';

/** Work to be done later: what is known of it when it is asked for. */
export interface NewOperation {
  kind: OperationKind;
  /** null = the platform's own. */
  organizationId: string | null;
  storageConfigId: string | null;
  /** What the kind needs beside the ids; secrets only sealed. */
  payload?: Record<string, unknown>;
  /** The broker's user, or `gateway`, `health`; with messageId the identity: asked twice, done once. */
  callerId: string;
  /** UUID; becomes the operation's id. */
  messageId: string;
  correlationId?: string | null;
  /** Where the outcome goes; the caller has checked that it may. */
  replyTo?: string | null;
  trace?: TraceContext;
  /** Not begun after this time. */
  deadline?: Date | null;
}

/** Short probes and long work have slots of their own, so that neither waits for the other. */
export const LANE_OF: Record<OperationKind, OperationLane> = {
  'storage.test': 'probe',
  'storage.create': 'probe',
  'storage.usage.refresh': 'long',
  'backup.delete': 'long',
};
