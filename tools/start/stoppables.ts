/** What was started, to be stopped in the opposite order. */
export class Stoppables {
  readonly #stops: { name: string; stop: () => Promise<void> | void }[] = [];
  #stopping: Promise<void> | null = null;

  add(name: string, stop: () => Promise<void> | void): void {
    this.#stops.push({ name, stop });
  }

  /** Whatever fails to stop is reported, and the rest is stopped all the same. May be called any number of times. */
  stopAll(report: (line: string) => void): Promise<void> {
    this.#stopping ??= this.#stopEach(report);
    return this.#stopping;
  }

  async #stopEach(report: (line: string) => void): Promise<void> {
    for (const { name, stop } of this.#stops.toReversed()) {
      try {
        await stop();
      } catch (error) {
        report(`${name} could not be stopped: ${(error as Error).message}`);
      }
    }
  }
}
