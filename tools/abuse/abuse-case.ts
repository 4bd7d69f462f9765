import type { Trial } from './trial.js';

/** A test of a lower tier that shows it, as vitest names it: file and the words that its full name holds. */
export interface Proof {
  file: string;
  name?: string;
}

/** Something that nobody should be able to do. */
export interface AbuseCase {
  /** 1–76: those of the catalogue of attacks; from 100: found while this was built. */
  number: number;
  /** What is tried. */
  tried: string;
  /** Against the running system, from outside. */
  attempt?: (trial: Trial) => Promise<void>;
  /** What has its proof at a lower tier. Each must have passed at least once. */
  proofs?: Proof[];
}
