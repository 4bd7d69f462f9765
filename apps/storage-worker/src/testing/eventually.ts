const PATIENCE_MS = 20_000;

/** Asks again until the answer is there. @throws Error after 20 s */
export async function eventually<T>(look: () => Promise<T | null | undefined | false>): Promise<T> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end;) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('It did not come about in time');
}
