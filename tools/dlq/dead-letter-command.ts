import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readEnvironment, required, wholeNumber } from '@stowage/contracts';
import {
  type DeadLetterRecord,
  dropDeadLetters,
  listDeadLetters,
  type PublishError,
  redriveDeadLetters,
} from '@stowage/messaging';

export const USAGE =
  'npm run dlq -- list [--limit 100]\n' +
  'npm run dlq -- redrive <id>… | --all     delivers again, to the queue that could not take it\n' +
  'npm run dlq -- drop <id>… | --all        deletes';

/** The message says what is wrong with the command line, and how to mend it. */
export class DeadLetterCommandError extends Error {
  override readonly name = 'DeadLetterCommandError';
}

/** What is done at the broker; replaced in tests. */
export interface DeadLetterActions {
  list: typeof listDeadLetters;
  redrive: typeof redriveDeadLetters;
  drop: typeof dropDeadLetters;
}

const AT_THE_BROKER: DeadLetterActions = {
  list: listDeadLetters,
  redrive: redriveDeadLetters,
  drop: dropDeadLetters,
};

/**
 * Runs the command and returns what is to be printed.
 * @param args as on the command line, see USAGE
 * @throws DeadLetterCommandError, EnvironmentError, PublishError, and Error when the broker cannot be reached
 */
export async function deadLetterCommand(
  args: string[],
  environment: Record<string, string | undefined>,
  actions: DeadLetterActions = AT_THE_BROKER,
): Promise<string> {
  const { verb, ids, all, limit } = parse(args);
  const { AMQP_URL: url } = readEnvironment(
    { AMQP_URL: required("set it to the worker's broker: only the worker's user may deliver again") },
    environment,
    (path) => readFileSync(path, 'utf8'),
  );
  if (verb === 'list') return table(await actions.list(url, { limit }));
  const selection = { ids: all ? ('all' as const) : ids };
  if (verb === 'redrive') return `${await actions.redrive(url, selection)} delivered again`;
  return `${await actions.drop(url, selection)} deleted`;
}

function parse(args: string[]) {
  const { positionals, values } = parseCommandLine(args);
  const [verb, ...ids] = positionals;
  if (verb !== 'list' && verb !== 'redrive' && verb !== 'drop') {
    throw new DeadLetterCommandError('Say what to do: list, redrive or drop');
  }
  if (verb === 'list' && (ids.length > 0 || values.all)) {
    throw new DeadLetterCommandError('list takes no ids and no --all');
  }
  if (verb !== 'list' && ids.length > 0 === values.all) {
    throw new DeadLetterCommandError(`Name the ids to ${verb}, or give --all`);
  }
  return { verb, ids, all: values.all, limit: limitOf(values.limit) };
}

function parseCommandLine(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { all: { type: 'boolean', default: false }, limit: { type: 'string', default: '100' } },
    });
  } catch (error) {
    throw new DeadLetterCommandError((error as Error).message);
  }
}

function limitOf(raw: string): number {
  try {
    return wholeNumber({ min: 1, max: 100_000 }, 100).parse(raw);
  } catch (error) {
    throw new DeadLetterCommandError(`--limit ${(error as Error).message}`);
  }
}

const COLUMNS: [title: string, read: (letter: DeadLetterRecord) => string][] = [
  ['ID', ({ id }) => id ?? '-'],
  ['FROM', ({ exchange, routing_key }) => `${exchange}/${routing_key}`],
  ['REASON', ({ reason, body_replaced }) => (body_replaced ? `${reason} (body replaced)` : reason)],
  ['ATTEMPT', ({ attempt }) => String(attempt)],
  ['FAILED AT', ({ failed_at }) => failed_at ?? '-'],
  ['SENT BY', ({ user_id }) => user_id ?? '-'],
];

function table(letters: DeadLetterRecord[]): string {
  if (letters.length === 0) return 'No dead letters';
  const rows = [
    COLUMNS.map(([title]) => title),
    ...letters.map((letter) => COLUMNS.map(([, read]) => printable(read(letter)))),
  ];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Ids and keys come from foreign senders: none of them may steer the terminal. */
const printable = (text: string): string => text.replaceAll(/\p{C}/gu, '?');

/** Why a dead letter could not be delivered again. */
export function explain({ reason }: PublishError): string {
  if (reason === 'unroutable') return 'Its queue does not exist: start a worker first. The rest was left where it is.';
  return `The broker did not take it (${reason}); the rest was left where it is.`;
}
