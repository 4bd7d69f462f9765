interface Waiting<Item, Result> {
  item: Item;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

/**
 * Collects items for a moment and settles them together: under load one statement takes hundreds of them, and an item
 * that comes alone waits no longer than `windowMs`. When a batch fails, its items are tried one by one, so that a bad
 * one fails alone.
 */
export class Batcher<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly settle: (items: Item[]) => Promise<Result[]>,
    private readonly limits: { size: number; windowMs: number },
  ) {}

  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (this.waiting.length >= this.limits.size) this.flush();
      else this.timer ??= setTimeout(() => this.flush(), this.limits.windowMs);
    });
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const batch = this.waiting;
    this.waiting = [];
    void this.settleBatch(batch);
  }

  private async settleBatch(batch: Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.settle(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, position) => resolve(results[position]!));
    } catch (error) {
      if (batch.length === 1) batch[0]!.reject(error);
      else for (const single of batch) await this.settleBatch([single]);
    }
  }
}
