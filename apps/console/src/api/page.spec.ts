import { cursorIn } from './page.js';

describe('cursorIn', () => {
  beforeAll(() => Object.assign(globalThis, { location: { href: 'http://gateway/' } }));
  afterAll(() => Reflect.deleteProperty(globalThis, 'location'));

  it('finds where the next page begins', () => {
    expect(cursorIn('</api/v1/backups/storage-audit?limit=50&cursor=abc%3D>; rel="next"')).toBe('abc=');
  });

  it('knows the last page', () => {
    expect(cursorIn(null)).toBeNull();
  });
});
