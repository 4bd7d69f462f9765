/** As `BrokerTransport` logs what was not thrown on purpose: routing key, message id, and the error's place. */
const FAILED = /^(\S+) (.*) failed: (.*)/s;

export interface LoggedFailure {
  /** Routing key and message id. */
  message: string;
  /** Class and code of the error, and the first frames that led to it. */
  error: string;
}

/** @param log lines of JSON, as the processes write them */
export function loggedFailures(log: string): LoggedFailure[] {
  return log.split('\n').flatMap((line) => {
    const [, key, id, place] = FAILED.exec(messageOf(line)) ?? [];
    return place === undefined ? [] : [{ message: `${key} ${id}`, error: place.split('\n', 3).join(' ') }];
  });
}

function messageOf(line: string): string {
  if (!line.startsWith('{')) return '';
  try {
    return String((JSON.parse(line) as { message?: unknown }).message);
  } catch {
    return '';
  }
}
