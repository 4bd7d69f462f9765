export interface TurnLimits {
  /** Pieces of work at once. */
  atOnce: number;
  /** Of one key; fewer than `atOnce`, so that there is always a place for others. */
  perKey: number;
}

/** Of what has come at once; in between, the event loop serves whoever else waits for it. */
const BEGUN_IN_ONE_GO = 25;

/**
 * Work that waits for its turn: the keys in rotation, first in first out within each. Whoever sends thousands waits behind
 * itself alone.
 */
export class FairTurns {
  private readonly waiting = new Map<string, ((begins: boolean) => void)[]>();
  private readonly running = new Map<string, number>();
  private runningInAll = 0;
  private beginning: NodeJS.Immediate | undefined;
  private closed = false;

  constructor(private readonly limits: TurnLimits) {}

  /** @returns what the work returns; undefined, and nothing was done, when closed before its turn */
  async run<T>(key: string, work: () => Promise<T>): Promise<T | undefined> {
    if (!(await this.turn(key))) return undefined;
    try {
      return await work();
    } finally {
      this.runningInAll--;
      this.count(key, -1);
      this.beginSoon();
    }
  }

  /** What has begun goes on; what waits, and what comes, never begins. */
  close(): void {
    this.closed = true;
    clearImmediate(this.beginning);
    for (const line of this.waiting.values()) for (const answer of line) answer(false);
    this.waiting.clear();
  }

  private turn(key: string): Promise<boolean> {
    if (this.closed) return Promise.resolve(false);
    return new Promise((resolve) => {
      const line = this.waiting.get(key);
      if (line) line.push(resolve);
      else this.waiting.set(key, [resolve]);
      this.beginSoon();
    });
  }

  private beginSoon(): void {
    if (this.closed || this.waiting.size === 0) return;
    this.beginning ??= setImmediate(() => {
      this.beginning = undefined;
      if (this.begin() === BEGUN_IN_ONE_GO) this.beginSoon();
    });
  }

  /** @returns how many */
  private begin(): number {
    let begun = 0;
    while (begun < BEGUN_IN_ONE_GO && this.runningInAll < this.limits.atOnce) {
      const key = this.nextKey();
      if (key === undefined) break;
      const line = this.waiting.get(key)!;
      const answer = line.shift()!;
      // To the end of the rotation.
      this.waiting.delete(key);
      if (line.length > 0) this.waiting.set(key, line);
      this.runningInAll++;
      this.count(key, 1);
      begun++;
      answer(true);
    }
    return begun;
  }

  private nextKey(): string | undefined {
    for (const key of this.waiting.keys()) if ((this.running.get(key) ?? 0) < this.limits.perKey) return key;
    return undefined;
  }

  private count(key: string, change: number): void {
    const running = (this.running.get(key) ?? 0) + change;
    if (running === 0) this.running.delete(key);
    else this.running.set(key, running);
  }
}
