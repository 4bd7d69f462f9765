import type { OperationLane } from '@stowage/entities';
import { FairClaim } from './fair-claim.js';
import type { RunningOperation } from './running-operation.js';

/** The slots of one kind of work in this worker, and what runs in them. */
export class Lane {
  readonly claim: FairClaim;
  readonly running = new Map<string, RunningOperation>();

  constructor(
    name: OperationLane,
    private readonly slots: number,
  ) {
    this.claim = new FairClaim(name);
  }

  get free(): number {
    return this.slots - this.running.size;
  }

  /** No tenant holds more than a quarter of the slots. */
  allowanceOf(tenantId: string): number {
    const held = [...this.running.values()].filter(({ operation }) => operation.tenantId === tenantId).length;
    return Math.max(1, Math.floor(this.slots / 4)) - held;
  }
}
