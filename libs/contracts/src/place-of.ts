const IDENTIFIER = /^[A-Za-z0-9_.-]{1,64}$/;
const MOST_FRAMES = 15;

/** The class of an error and its code; of several at once (a host with several addresses) the first one's. */
export function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
  const { code = (first as { code?: unknown } | undefined)?.code } = error as { code?: unknown };
  return [error.name, typeof code === 'number' ? String(code) : code]
    .filter((name) => typeof name === 'string' && IDENTIFIER.test(name))
    .join(' ');
}

/**
 * An error as a log may know it: its class, its code and where it came from. Never its message: that of a database, an SDK
 * or a parser quotes what it was given, and what a server said.
 */
export function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return [nameOf(error), ...framesOf(error)].join('\n');
}

function framesOf({ stack = '', message }: Error): string[] {
  const behindMessage = stack.slice(stack.indexOf(message) + message.length);
  return behindMessage
    .split('\n')
    .filter((line) => /^ +at /.test(line))
    .slice(0, MOST_FRAMES);
}
