interface LogEntry {
  level?: string;
  context?: string;
  message?: unknown;
}

/** What NestJS tells of each module and route it sets up. */
const SETTING_UP = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication']);

/**
 * The applications log JSON, for machines; here a person reads. What is not JSON is shown as it is.
 * @returns null for what only fills the screen; the log file has it
 */
export function readableLogLine(application: string, line: string): string | null {
  const entry = parse(line);
  if (!entry || typeof entry.message !== 'string') return `[${application}] ${line}`;
  const { level = 'log', context = '', message } = entry;
  const isPlain = level === 'log';
  if (isPlain && SETTING_UP.has(context)) return null;
  return `[${application}] ${isPlain ? '' : `${level.toUpperCase()} `}${context && `${context}: `}${message}`;
}

function parse(line: string): LogEntry | null {
  if (!line.startsWith('{')) return null;
  try {
    return JSON.parse(line) as LogEntry;
  } catch {
    return null;
  }
}
