import type { Origin } from '../requests/origin.js';
import type { TestTarget } from './test-target.js';

/** A test that asks to begin. */
export interface RatedTest {
  from: Origin;
  /** null = the platform. */
  organizationId: string | null;
  target: TestTarget | null;
  /** Milliseconds after which it has ended, whatever happens. */
  longestMs: number;
}

/** How often storages may be tested (rest.md, Rates): a test dials hosts that its user names. */
export abstract class TestRates {
  /**
   * Runs a test if it may begin now.
   * @throws StowageError `request.rate_limited` that says which rate, with the seconds to wait
   */
  abstract during<T>(test: RatedTest, run: () => Promise<T>): Promise<T>;
}

/** For measuring, and for tests of other things. */
export class NoTestRates extends TestRates {
  override during<T>(_test: RatedTest, run: () => Promise<T>): Promise<T> {
    return run();
  }
}
