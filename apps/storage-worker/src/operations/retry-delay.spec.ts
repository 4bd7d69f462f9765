import { retryDelayMs } from './retry-delay.js';

const middle = () => 0.5;

describe('retryDelayMs', () => {
  it('doubles from two seconds', () => {
    expect([1, 2, 3, 4].map((attempt) => retryDelayMs(attempt, middle))).toEqual([2000, 4000, 8000, 16_000]);
  });

  it('stops growing at an hour', () => {
    expect(retryDelayMs(40, middle)).toBe(3_600_000);
  });

  it('spreads by half to both sides', () => {
    expect(retryDelayMs(1, () => 0)).toBe(1000);
    expect(retryDelayMs(1, () => 1)).toBe(3000);
  });
});
