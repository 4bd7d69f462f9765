import { OutageLog } from './outage-log.js';

describe('OutageLog', () => {
  it('tells once that the broker is away and once that it is back, however many connections and attempts', () => {
    const lines: string[] = [];
    const note = (line: string): number => lines.push(line);
    const outage = new OutageLog({ log: note, warn: note, error: note });
    outage.back('publish');
    for (const attempt of ['first', 'second', 'third']) {
      for (const role of ['publish', 'consume']) outage.lost(role, new RangeError(attempt));
    }
    outage.back('consume');
    outage.lost('consume', new Error('again'));
    outage.back('publish');
    outage.back('consume');
    outage.lost('consume', new TypeError('another outage'));
    expect(lines).toEqual([
      'The broker connection to publish is away, trying again: RangeError',
      'All broker connections are back',
      'The broker connection to consume is away, trying again: TypeError',
    ]);
  });
});
