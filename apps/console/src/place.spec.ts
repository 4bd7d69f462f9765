import { type Place, placeHref, readPlace } from './place.js';

describe('the address of a place', () => {
  const places: Place[] = [
    { organizationId: null, platform: false, view: { name: 'storages' } },
    { organizationId: 'org-1', platform: false, view: { name: 'add' } },
    { organizationId: 'org-1', platform: false, view: { name: 'rotate', id: 'config-1' } },
    { organizationId: null, platform: true, view: { name: 'storage', id: 'config-1' } },
  ];

  it.each(places)('leads back to %j', (place) => {
    expect(readPlace(placeHref(place).replace(/^\//, ''))).toEqual(place);
  });

  it('leads to the list where it makes no sense', () => {
    for (const search of ['?view=nowhere', '?view=edit', '?view=']) {
      expect(readPlace(search).view).toEqual({ name: 'storages' });
    }
  });
});
