/**
 * Thrown by a handler of commands or events: the message goes to the dead letters at once, without retries.
 * @param reason stable code, e.g. `credentials.not_sealed`
 * @param body what is kept in place of the original body, where that held a secret
 */
export class DeadLetter extends Error {
  override readonly name = 'DeadLetter';
  constructor(
    readonly reason: string,
    readonly body?: unknown,
  ) {
    super(reason);
  }
}
