import { StorageFailure } from './failure.js';

/** Aborts when the storage has let us wait for too long, or when the caller's signal fires. */
export class StallWatch {
  readonly #stalled = new AbortController();
  readonly #timeoutMs: number;
  readonly #isWaiting: () => boolean;
  readonly #caller: AbortSignal | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param isWaiting false while it is our own side that holds things up */
  constructor(timeoutMs: number, signal: AbortSignal | undefined, isWaiting: () => boolean = () => true) {
    this.#timeoutMs = timeoutMs;
    this.#isWaiting = isWaiting;
    this.#caller = signal;
    // Not AbortSignal.any: see `deadlineAfter`.
    signal?.addEventListener('abort', this.#follow, { once: true });
    if (signal?.aborted) this.#follow();
    else this.moved();
  }

  get signal(): AbortSignal {
    return this.#stalled.signal;
  }

  readonly #follow = (): void => {
    this.stop();
    this.#stalled.abort(this.#caller?.reason);
  };

  moved(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#isWaiting()) this.#stalled.abort(new StorageFailure('network.no_response'));
      else this.moved();
    }, this.#timeoutMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#caller?.removeEventListener('abort', this.#follow);
  }
}
