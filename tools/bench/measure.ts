/** Durations of single calls, in milliseconds. */
export class Sample {
  readonly #sorted: number[];

  constructor(durations: number[]) {
    this.#sorted = durations.toSorted((a, b) => a - b);
  }

  percentile(share: number): number {
    return this.#sorted[Math.min(this.#sorted.length - 1, Math.floor(this.#sorted.length * share))] ?? Number.NaN;
  }
}

/** Makes `calls` calls, never more than `concurrency` at once. */
export async function measure(calls: number, concurrency: number, call: () => Promise<unknown>): Promise<number[]> {
  const durations: number[] = [];
  let left = calls;
  const caller = async (): Promise<void> => {
    while (left-- > 0) {
      const began = performance.now();
      await call();
      durations.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, caller));
  return durations;
}

export interface Contest {
  ours: Sample;
  floor: Sample;
}

/**
 * Ours and its floor in turn, round by round, so that both see the same machine; the first round warms up and is not
 * counted.
 */
export async function contest(
  options: { rounds: number; calls: number; concurrency: number },
  ours: () => Promise<unknown>,
  floor: () => Promise<unknown>,
): Promise<Contest> {
  const durations: { ours: number[]; floor: number[] } = { ours: [], floor: [] };
  for (let round = 0; round <= options.rounds; round++) {
    const ourRound = await measure(options.calls, options.concurrency, ours);
    const floorRound = await measure(options.calls, options.concurrency, floor);
    if (round === 0) continue;
    durations.ours.push(...ourRound);
    durations.floor.push(...floorRound);
  }
  return { ours: new Sample(durations.ours), floor: new Sample(durations.floor) };
}

/** One line of a result: both figures and what ours costs of the floor's. */
export function line(name: string, { ours, floor }: Contest): string {
  const figures = [0.5, 0.99].map((share) => {
    const [mine, theirs] = [ours.percentile(share), floor.percentile(share)];
    return `p${share * 100} ${mine.toFixed(2)} / ${theirs.toFixed(2)} ms = ${(mine / theirs).toFixed(2)}x`;
  });
  return `${name.padEnd(44)} ${figures.join('   ')}`;
}
