import { Stoppables } from './stoppables.js';

describe('What was started', () => {
  it('is stopped once, the last first, also when one fails to stop', async () => {
    const stopped: string[] = [];
    const reports: string[] = [];
    const stoppables = new Stoppables();
    stoppables.add('database', () => void stopped.push('database'));
    stoppables.add('broker', () => Promise.reject(new Error('stuck')));
    stoppables.add('gateway', () => void stopped.push('gateway'));
    const report = (line: string) => void reports.push(line);
    await Promise.all([stoppables.stopAll(report), stoppables.stopAll(report)]);
    expect(stopped).toEqual(['gateway', 'database']);
    expect(reports).toEqual(['broker could not be stopped: stuck']);
  });
});
