import { formatBytes } from './bytes.js';
import { formatAgo, formatDuration } from './time.js';

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1,023 B'],
    [1024, '1 KB'],
    [5_368_709_120, '5 GB'],
    [127_824_281, '121.9 MB'],
    [-2048, '-2 KB'],
  ])('shows %d as %s', (bytes, shown) => {
    expect(formatBytes(bytes)).toBe(shown);
  });
});

describe('formatAgo', () => {
  const now = Date.parse('2026-01-11T12:00:00Z');

  it.each([
    ['2026-01-11T12:00:05Z', 'just now'],
    ['2026-01-11T11:59:31Z', 'just now'],
    ['2026-01-11T11:57:00Z', '3 minutes ago'],
    ['2026-01-11T09:59:00Z', '2 hours ago'],
    ['2026-01-10T11:00:00Z', 'yesterday'],
    ['2025-12-12T11:00:00Z', '30 days ago'],
  ])('shows %s as %s', (time, shown) => {
    expect(formatAgo(time, now)).toBe(shown);
  });
});

describe('formatDuration', () => {
  it('changes to seconds from a thousand milliseconds on', () => {
    expect([999, 1000, 12_340].map(formatDuration)).toEqual(['999 ms', '1.0 s', '12.3 s']);
  });
});
