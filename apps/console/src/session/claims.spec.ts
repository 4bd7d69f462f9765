import { may, readClaims } from './claims.js';

const token = (payload: object) => `header.${base64url(JSON.stringify(payload))}.signature`;
const base64url = (text: string) =>
  btoa(String.fromCodePoint(...new TextEncoder().encode(text)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

describe('readClaims', () => {
  it('reads organizations, platform rights and expiry', () => {
    const claims = readClaims(token({ exp: 1_764_000_000, orgs: { a: ['org.storage.list'] }, platform: [] }));
    expect(claims).toEqual({
      organizations: { a: ['org.storage.list'] },
      isPlatformAdministrator: false,
      expiresAt: 1_764_000_000_000,
    });
  });

  it('knows an administrator of the platform by the permission alone', () => {
    expect(readClaims(token({ exp: 1, platform: ['platform.storage.update'] }))?.isPlatformAdministrator).toBe(true);
    expect(readClaims(token({ exp: 1, platform: ['platform.other'] }))?.isPlatformAdministrator).toBe(false);
  });

  it('reads names beyond ASCII', () => {
    expect(readClaims(token({ exp: 1, orgs: { 'für-ü': [] } }))?.organizations).toEqual({ 'für-ü': [] });
  });

  it.each(['', 'abc', 'a.b.c', token({ orgs: {} })])('takes %j for no token', (value) => {
    expect(readClaims(value)).toBeNull();
  });
});

describe('may', () => {
  const claims = readClaims(token({ exp: 1, orgs: { one: ['org.storage.list'], all: ['org.storage.*'] } }))!;

  it('goes by the code, or by the one that grants all four', () => {
    expect(may(claims, 'one', 'org.storage.list')).toBe(true);
    expect(may(claims, 'one', 'org.storage.delete')).toBe(false);
    expect(may(claims, 'all', 'org.storage.delete')).toBe(true);
    expect(may(claims, 'other', 'org.storage.list')).toBe(false);
  });
});
