import { matchesTopic } from './topic-pattern.js';

describe('matchesTopic', () => {
  it.each([
    ['storage.test', 'storage.test', true],
    ['storage.test', 'storage.test.now', false],
    ['storage.*', 'storage.test', true],
    ['storage.*', 'storage', false],
    ['storage.*', 'storage.usage.refresh', false],
    ['*.usage.*', 'storage.usage.refresh', true],
    ['#', 'storage.usage.refresh', true],
    ['#', '', true],
    ['storage.#', 'storage', true],
    ['storage.#', 'storage.usage.refresh', true],
    ['storage.#', 'backup.completed', false],
    ['#.refresh', 'storage.usage.refresh', true],
    ['#.refresh', 'refresh', true],
    ['storage.#.refresh', 'storage.refresh', true],
    ['storage.#.refresh', 'storage.usage.refreshed', false],
  ])('%s and %s: %s', (pattern, routingKey, matches) => {
    expect(matchesTopic(pattern, routingKey)).toBe(matches);
  });
});
