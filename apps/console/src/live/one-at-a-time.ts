/** So that a burst of events costs two questions, and none takes back the one before it. */
const PAUSE_MS = 100;

/** Runs `work` at each call, but never twice at once: calls during a run are made up for by one more after it. */
export function oneAtATime(work: () => Promise<unknown>): () => void {
  let running = false;
  let wanted = false;
  const run = async (): Promise<void> => {
    running = true;
    while (wanted) {
      wanted = false;
      await work().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    running = false;
  };
  return () => {
    wanted = true;
    if (!running) void run();
  };
}
