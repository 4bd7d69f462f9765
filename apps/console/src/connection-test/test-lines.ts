import type { Check } from '../api/types.js';

export type LineState = 'waiting' | 'running' | 'ok' | 'failed' | 'skipped';

/** What a person is told of a test: its steps, gathered into the lines of the product documentation. */
export interface TestLine {
  id: LineId;
  state: LineState;
  /** Of all its steps, milliseconds; null while none has run. */
  durationMs: number | null;
}

const STEPS_OF_LINE = {
  sign_in: ['resolve', 'connect', 'tls', 'authenticate'],
  exists: ['container'],
  write: ['write', 'size'],
  read: ['read', 'compare', 'range', 'multipart'],
  clean_up: ['delete', 'gone'],
} as const satisfies Record<string, readonly Check['name'][]>;

export type LineId = keyof typeof STEPS_OF_LINE;

/** The last step of a line: once it has ended, so has the line. The steps of a full test come before it or after it. */
const LAST_STEP: Record<LineId, Check['name']> = {
  sign_in: 'authenticate',
  exists: 'container',
  write: 'write',
  read: 'compare',
  clean_up: 'gone',
};

export type TestPhase = 'idle' | 'running' | 'ended';

/** Always all five lines, so that nothing moves while they tick off. */
export function testLines(checks: readonly Check[], phase: TestPhase): TestLine[] {
  const lines = (Object.keys(STEPS_OF_LINE) as LineId[]).map((id) => lineOf(id, checks, phase !== 'ended'));
  const reached = phase === 'running' ? lines.findIndex(({ state }) => state === 'waiting') : -1;
  return lines.map((line, index) => (index === reached ? { ...line, state: 'running' } : line));
}

function lineOf(id: LineId, checks: readonly Check[], open: boolean): TestLine {
  const steps: readonly Check['name'][] = STEPS_OF_LINE[id];
  const own = checks.filter(({ name }) => steps.includes(name));
  const durations = own.flatMap(({ duration_ms }) => (duration_ms === null ? [] : [duration_ms]));
  const durationMs = durations.length === 0 ? null : durations.reduce((sum, duration) => sum + duration, 0);
  return { id, state: stateOf(id, own, open), durationMs };
}

function stateOf(id: LineId, own: readonly Check[], open: boolean): LineState {
  if (own.some(({ status }) => status === 'failed')) return 'failed';
  const last = own.find(({ name }) => name === LAST_STEP[id]);
  if (open && !last) return 'waiting';
  if (own.some(({ status }) => status === 'ok')) return 'ok';
  return 'skipped';
}
