import type { StepObserver } from '../step-observer.js';

/** S3 refuses requests whose time is 15 minutes off; a clock that runs away is worth knowing of long before. */
const TOLERATED_S = 30;

/** Compares the `Date` of every answer (RFC 9110 section 6.6.1) with our own clock, and warns once. */
export class ClockWatch {
  readonly #observer: StepObserver | undefined;
  #hasWarned = false;

  constructor(observer?: StepObserver) {
    this.#observer = observer;
  }

  read(date: string | undefined): void {
    const theirs = Date.parse(date ?? '');
    if (Number.isNaN(theirs) || this.#hasWarned) return;
    const ahead = Math.round((theirs - Date.now()) / 1000);
    if (Math.abs(ahead) <= TOLERATED_S) return;
    this.#hasWarned = true;
    const direction = ahead > 0 ? 'ahead of' : 'behind';
    this.#observer?.warn(
      's3.clock_skew',
      `The clock of the storage is ${Math.abs(ahead)} seconds ${direction} that of this platform: set it by NTP; beyond 900 seconds every request is refused.`,
    );
  }
}
