import type { StorageOperationEntity } from '@stowage/entities';

/** Why a run ends before its handler is done. */
type StopReason = 'cancelled' | 'time limit' | 'lease lost' | 'draining';

/** What the signal of a stopped run fires with. */
class RunStopped extends Error {
  override readonly name = 'RunStopped';
  constructor(readonly reason: StopReason) {
    super(`The run was stopped: ${reason}`);
  }
}

interface Progress {
  objects: number;
  bytes: number;
}

const PROGRESS_EVERY_MS = 1000;
// What a stopped handler may still take to tidy up, e.g. to remove the file of a test.
const TIDY_UP_MS = 5000;

/** One run of an operation in this process: what stops it, and its progress on the way to the database. */
export class RunningOperation {
  private readonly controller = new AbortController();
  private readonly timeLimit: NodeJS.Timeout;
  private latest: Progress | undefined;
  private writing: NodeJS.Timeout | undefined;

  constructor(
    readonly operation: StorageOperationEntity,
    /** What it dials, as far as that is known. */
    readonly host: string | null,
    timeLimitMs: number,
    private readonly storeProgress: (progress: Progress) => Promise<void>,
  ) {
    this.timeLimit = setTimeout(() => this.stop('time limit'), timeLimitMs);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** null while nothing has stopped it. */
  get stopReason(): StopReason | null {
    return this.signal.reason instanceof RunStopped ? this.signal.reason.reason : null;
  }

  stop(reason: StopReason): void {
    this.controller.abort(new RunStopped(reason));
  }

  progress(progress: Progress): void {
    this.latest = progress;
    this.writing ??= setTimeout(() => {
      this.writing = undefined;
      if (this.latest !== undefined) void this.storeProgress(this.latest).catch(() => undefined);
    }, PROGRESS_EVERY_MS);
  }

  /** The handler's result; a handler that does not heed its signal is left behind. */
  async outcome<T>(work: Promise<T>): Promise<T> {
    let leaving: NodeJS.Timeout | undefined;
    const left = new Promise<never>((_resolve, reject) => {
      this.signal.addEventListener('abort', () => {
        leaving = setTimeout(() => reject(this.signal.reason as Error), TIDY_UP_MS);
      });
    });
    try {
      return await Promise.race([work, left]);
    } finally {
      clearTimeout(leaving);
      clearTimeout(this.timeLimit);
      clearTimeout(this.writing);
    }
  }
}
