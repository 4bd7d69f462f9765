import { periodOf } from './period.js';

describe('periodOf', () => {
  const now = new Date('2026-01-11T12:00:00Z');
  const asked = (from?: string, to?: string) => {
    const period = periodOf({ from, to }, now);
    return [period.from.toISOString(), period.to.toISOString()];
  };

  it('is the last 30 days when nothing is asked', () => {
    expect(asked()).toEqual(['2025-12-12T12:00:00.000Z', '2026-01-11T12:00:00.000Z']);
  });

  it('is what was asked, whatever its zone', () => {
    expect(asked('2026-01-01T00:00:00+02:00', '2026-01-02T00:00:00Z')).toEqual([
      '2025-12-31T22:00:00.000Z',
      '2026-01-02T00:00:00.000Z',
    ]);
  });

  it('ends 30 days after nothing but an end was asked', () => {
    expect(asked(undefined, '2025-06-30T00:00:00Z')[0]).toBe('2025-05-31T00:00:00.000Z');
  });

  it('does not reach beyond what is kept, nor into the future', () => {
    expect(asked('0001-01-01T00:00:00Z', '9999-12-31T00:00:00Z')).toEqual([
      '2024-12-07T12:00:00.000Z',
      '2026-01-11T12:00:00.000Z',
    ]);
  });

  it('refuses to end before it begins', () => {
    expect(() => asked('2026-01-02T00:00:00Z', '2026-01-01T00:00:00Z')).toThrow(
      expect.objectContaining({ code: 'request.validation' }) as Error,
    );
  });
});
