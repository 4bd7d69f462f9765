import type { Experiment } from './experiment.js';

export interface Fault {
  /** As on the command line, e.g. `worker-killed`. */
  name: string;
  /** What is done to the system. */
  title: string;
  /** Whether it belongs to the short form. */
  short: boolean;
  /**
   * Loads the system, does the damage and mends it. What must hold beside "nothing lost, nothing double, no phantom" is
   * claimed with `experiment.require`.
   */
  provoke(experiment: Experiment): Promise<void>;
}
