interface LogEntry {
  level?: string;
  context?: string;
  message?: unknown;
}

/** The applications log JSON, for machines; here a person reads. What is not JSON is shown as it is. */
export function readableLogLine(application: string, line: string): string {
  const entry = parse(line);
  if (!entry || typeof entry.message !== 'string') return `[${application}] ${line}`;
  const level = entry.level === 'log' || entry.level === undefined ? '' : `${entry.level.toUpperCase()} `;
  const context = entry.context ? `${entry.context}: ` : '';
  return `[${application}] ${level}${context}${entry.message}`;
}

function parse(line: string): LogEntry | null {
  if (!line.startsWith('{')) return null;
  try {
    return JSON.parse(line) as LogEntry;
  } catch {
    return null;
  }
}
