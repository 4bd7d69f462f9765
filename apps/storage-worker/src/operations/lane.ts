import type { OperationLane } from '@stowage/entities';
import { FairClaim, type Room } from './fair-claim.js';
import type { RunningOperation } from './running-operation.js';

/** Long operations that run at once. */
export const LONG_SLOTS = 4;

/** The slots of one kind of work in this worker, and what runs in them. */
export class Lane implements Room {
  readonly claim: FairClaim;
  readonly running = new Map<string, RunningOperation>();

  constructor(
    readonly name: OperationLane,
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

  /** No host holds more than half of the slots: one that hangs leaves the others theirs. */
  get perHost(): number {
    return Math.max(1, Math.floor(this.slots / 2));
  }

  heldByHost(): Map<string, number> {
    const held = new Map<string, number>();
    for (const { host } of this.running.values()) if (host !== null) held.set(host, (held.get(host) ?? 0) + 1);
    return held;
  }
}
