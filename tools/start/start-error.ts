/** What keeps the start from going on; the message says how to mend it. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
