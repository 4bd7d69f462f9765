import type { Check } from '../api/types.js';
import { testLines, type TestPhase } from './test-lines.js';

const check = (name: Check['name'], status: Check['status'] = 'ok', duration_ms: number | null = 10): Check => ({
  name,
  status,
  duration_ms,
  message: null,
});
const states = (checks: Check[], phase: TestPhase) => testLines(checks, phase).map(({ state }) => state);

describe('testLines', () => {
  it('has all its lines from the start, with the first one running', () => {
    expect(states([], 'running')).toEqual(['running', 'waiting', 'waiting', 'waiting', 'waiting']);
  });

  it('has nothing running before it begins', () => {
    expect(new Set(states([], 'idle'))).toEqual(new Set(['waiting']));
  });

  it('keeps signing in until the storage has let it in', () => {
    expect(states([check('resolve'), check('connect')], 'running')[0]).toBe('running');
    expect(states([check('resolve'), check('connect'), check('authenticate')], 'running').slice(0, 2)).toEqual([
      'ok',
      'running',
    ]);
  });

  it('fails a line with any of its steps and leaves the later ones unreached', () => {
    expect(states([check('resolve'), check('authenticate', 'failed')], 'ended')).toEqual([
      'failed',
      'skipped',
      'skipped',
      'skipped',
      'skipped',
    ]);
  });

  it('does not call a line failed because one of its steps was left out', () => {
    expect(states([check('authenticate'), check('container', 'skipped', null)], 'ended').slice(0, 2)).toEqual([
      'ok',
      'skipped',
    ]);
  });

  it('adds up the durations of the steps of a line', () => {
    const [signIn, exists] = testLines([check('connect'), check('tls'), check('authenticate')], 'running');
    expect(signIn?.durationMs).toBe(30);
    expect(exists?.durationMs).toBeNull();
  });
});
