import { text } from '../text.js';

/** What else an audit entry says, in one line: the names of changed fields, what a list was before and after. */
export function describeDetail(detail: Record<string, unknown>): string {
  const parts = Object.entries(detail)
    .filter(([key]) => key !== 'name')
    .map(([key, value]) => `${text.audit.details[key] ?? key}: ${inWords(value)}`);
  return parts.length === 0 ? text.facts.none : parts.join('; ');
}

function inWords(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? text.audit.noneOfThem : value.map(inWords).join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
