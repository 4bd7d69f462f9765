import { loggedFailures } from './logged-failures.js';

describe('what the processes log of failures', () => {
  const line = (message: string): string => JSON.stringify({ level: 'error', message });

  it('names the message that each came from, whatever its id is', () => {
    const log = [
      'not JSON',
      line('backup.completed \u0000 failed: QueryFailedError 22021\n    at a\n    at b\n    at c'),
      line('storage.test  failed: TypeError'),
      line('storage.get a\nb failed: c failed: RangeError'),
      line('The broker is away'),
      '{ broken',
    ].join('\n');
    expect(loggedFailures(log)).toEqual([
      { message: 'backup.completed \u0000', error: 'QueryFailedError 22021     at a     at b' },
      { message: 'storage.test ', error: 'TypeError' },
      { message: 'storage.get a\nb failed: c', error: 'RangeError' },
    ]);
  });
});
