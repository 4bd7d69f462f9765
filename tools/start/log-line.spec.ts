import { readableLogLine } from './log-line.js';

const entry = (fields: object) => JSON.stringify({ timestamp: 1, pid: 2, ...fields });

describe('A line that an application logs', () => {
  it('is shown as its message', () => {
    const line = entry({ level: 'log', context: 'Gateway', message: 'Listening' });
    expect(readableLogLine('gateway', line)).toBe('[gateway] Gateway: Listening');
  });

  it('is shown with its level where that is not the usual one', () => {
    expect(readableLogLine('gateway', entry({ level: 'warn', message: 'Late' }))).toBe('[gateway] WARN Late');
  });

  it('is left out where it only fills the screen, unless something is wrong', () => {
    const fields = { context: 'RouterExplorer', message: 'Mapped {/x, GET} route' };
    expect(readableLogLine('gateway', entry({ ...fields, level: 'log' }))).toBeNull();
    expect(readableLogLine('gateway', entry({ ...fields, level: 'error' }))).toContain('ERROR');
  });

  it.each(['not JSON', '{ not JSON either', '{"level":"log"}'])(
    'is shown as it is when it is something else: %s',
    (line) => {
      expect(readableLogLine('worker', line)).toBe(`[worker] ${line}`);
    },
  );
});
