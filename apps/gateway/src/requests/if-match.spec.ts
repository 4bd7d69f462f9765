import { versionToFind } from './if-match.js';

describe('If-Match', () => {
  it.each([
    [null, null],
    ['*', null],
    ['"3"', 3],
    [' "2" , "3" ', 3],
  ])('%s at version 3 asks for version %s', (header, version) => {
    expect(versionToFind(header, 3)).toBe(version);
  });

  it.each(['"2"', '"33"', 'W/"3"', '""', '"2", W/"3"'])('%s does not hold at version 3', (header) => {
    expect(() => versionToFind(header, 3)).toThrow(expect.objectContaining({ code: 'request.precondition_failed' }));
  });

  it.each(['3', '', '"3', '"3" "4"', 'version 3'])('%j is not an entity tag', (header) => {
    expect(() => versionToFind(header, 3)).toThrow(expect.objectContaining({ code: 'request.validation' }));
  });
});
