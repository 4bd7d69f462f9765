const DRAIN_MS = 20_000;
const GRACE_MS = 5_000;

/** Handlers at work, so that a drain can wait for them. */
export class RunningHandlers {
  private readonly running = new Set<Promise<void>>();

  /** @param work never rejects */
  add(work: Promise<void>): void {
    this.running.add(work);
    void work.then(() => this.running.delete(work));
  }

  /** Waits for all, fires `abort` after `drainMs` and then leaves the rest five seconds to end. */
  async drain(abort: AbortController, drainMs = DRAIN_MS): Promise<void> {
    if (await this.endedWithin(drainMs)) return;
    abort.abort(new DOMException('The drain ran out of time', 'AbortError'));
    await this.endedWithin(GRACE_MS);
  }

  private async endedWithin(timeoutMs: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<false>((resolve) => {
      timer = setTimeout(resolve, timeoutMs, false);
    });
    const ended = Promise.all(this.running).then(() => true as const);
    const result = await Promise.race([ended, timeout]);
    clearTimeout(timer);
    return result;
  }
}
