import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { signDevelopmentToken } from './development-token.js';
import { TokenVerifier, type TokenVerifierOptions } from './token-verifier.js';

const SECRET = 'a secret of development, 32 bytes or more';
const ORGANIZATION = '0191a5d0-0000-7000-8000-0000000000aa';
const ISSUER = 'https://login.example.com';
const AUDIENCE = 'stowage';

const verifier = new TokenVerifier({ secret: SECRET, issuer: ISSUER, audience: AUDIENCE });

describe('TokenVerifier with a secret', () => {
  it('tells who asks, until when, and what they may', async () => {
    const exp = inSeconds(60);
    const caller = await verifier.verify(await token({ exp }));
    expect(caller.id).toBe('user-1');
    expect(caller.expiresAt).toEqual(new Date(exp * 1000));
    expect(() => caller.requireIn(ORGANIZATION, 'org.storage.list')).not.toThrow();
  });

  it('takes a development token', async () => {
    const development = await signDevelopmentToken({
      secret: SECRET,
      subject: 'developer',
      organizations: { [ORGANIZATION]: ['org.storage.list'] },
      platform: ['platform.storage.update'],
      issuer: ISSUER,
      audience: AUDIENCE,
    });
    const caller = await verifier.verify(development);
    expect(() => caller.requireOnPlatform('platform.storage.update')).not.toThrow();
  });

  it.each<[string, () => JWTPayload]>([
    ['expired 25 s ago', () => ({ exp: inSeconds(-25) })],
    ['not valid for another 25 s', () => ({ nbf: inSeconds(25) })],
    ['issued 25 s in the future', () => ({ iat: inSeconds(25) })],
  ])('allows for skewed clocks: a token %s', async (_what, claims) => {
    await expect(verifier.verify(await token(claims()))).resolves.toBeDefined();
  });

  it.each<[string, JWTPayload]>([
    ['expired 31 s ago', { exp: inSeconds(-31) }],
    ['without exp', { exp: undefined }],
    ['with exp as text', { exp: '9999999999' as unknown as number }],
    ['not valid for another 40 s', { nbf: inSeconds(40) }],
    ['issued in the far future', { iat: inSeconds(3600) }],
    ['of another issuer', { iss: 'https://evil.example.com' }],
    ['without issuer', { iss: undefined }],
    ['for another audience', { aud: 'another-service' }],
    ['without audience', { aud: undefined }],
    ['without sub', { sub: undefined }],
    ['with an empty sub', { sub: '' }],
    ['with a control character in sub', { sub: 'user\0' }],
    ['with half a character in sub', { sub: 'user\ud800' }],
    ['with orgs as a list', { orgs: [ORGANIZATION] }],
    ['with orgs null', { orgs: null }],
    ['with orgs as text', { orgs: ORGANIZATION }],
    ['with an organization that is no UUID', { orgs: { acme: ['org.storage.list'] } }],
    ['with permissions as text', { orgs: { [ORGANIZATION]: 'org.storage.list' } }],
    ['with a permission that is no text', { orgs: { [ORGANIZATION]: [7] } }],
    ['with platform as text', { platform: 'platform.storage.update' }],
  ])('refuses a token %s', async (_what, claims) => {
    await expectUnauthenticated(verifier, token(claims));
  });

  it('takes a token without organizations for one that grants nothing', async () => {
    const caller = await verifier.verify(await token({ orgs: undefined, platform: undefined }));
    expect(() => caller.requireIn(ORGANIZATION, 'org.storage.list')).toThrow('Not found.');
    expect(() => caller.requireOnPlatform('platform.storage.update')).toThrow('permission');
  });

  it('refuses a token without signature', async () => {
    await expectUnauthenticated(verifier, new UnsecuredJWT(claimsWith({})).encode());
  });

  it('refuses a token signed with another secret', async () => {
    await expectUnauthenticated(verifier, token({}, 'another secret of at least 32 bytes'));
  });

  it('refuses a stronger algorithm of the same family', async () => {
    const jwt = new SignJWT(claimsWith({})).setProtectedHeader({ alg: 'HS512' }).sign(Buffer.from(SECRET));
    await expectUnauthenticated(verifier, jwt);
  });

  it('refuses critical extensions', async () => {
    const jwt = new SignJWT(claimsWith({}))
      .setProtectedHeader({ alg: 'HS256', crit: ['urn:x'], 'urn:x': true })
      .sign(Buffer.from(SECRET), { crit: { 'urn:x': true } });
    await expectUnauthenticated(verifier, jwt);
  });

  it('refuses a good token of 9 KiB', async () => {
    await expectUnauthenticated(verifier, token({ padding: 'x'.repeat(6_700) }));
  });

  it.each(['', 'garbage', 'a.b.c', '..', 'eyJhbGciOiJIUzI1NiJ9..'])('refuses %j', async (text) => {
    await expectUnauthenticated(verifier, text);
  });

  it('compares neither issuer nor audience when none is required', async () => {
    const lenient = new TokenVerifier({ secret: SECRET, issuer: null, audience: null });
    await expect(lenient.verify(await token({ iss: undefined, aud: undefined }))).resolves.toBeDefined();
  });
});

describe('TokenVerifier with a URL of public keys', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ed = generateKeyPairSync('ed25519');
  let jwks: Server;
  let requests: number;
  let remote: TokenVerifier;

  beforeEach(async () => {
    requests = 0;
    const keys = [
      await publicJwk(rsa.publicKey, 'rsa', 'RS256'),
      await publicJwk(ec.publicKey, 'ec', 'ES256'),
      await publicJwk(ed.publicKey, 'ed', 'EdDSA'),
    ];
    jwks = createServer((_request, response) => {
      requests += 1;
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }));
    });
    remote = new TokenVerifier(await jwksOptions(jwks));
  });

  afterEach(() => {
    jwks.closeAllConnections();
    jwks.close();
  });

  it.each([
    ['RS256', 'rsa', rsa.privateKey],
    ['ES256', 'ec', ec.privateKey],
    ['EdDSA', 'ed', ed.privateKey],
  ])('takes %s', async (alg, kid, key) => {
    await expect(remote.verify(await signedBy(key, { alg, kid }))).resolves.toMatchObject({ id: 'user-1' });
  });

  it('refuses HS256 keyed with a public key that everyone knows, without asking for keys', async () => {
    const pem = Buffer.from(await exportSPKI(rsa.publicKey));
    const jwt = new SignJWT(claimsWith({})).setProtectedHeader({ alg: 'HS256', kid: 'rsa' }).sign(pem);
    await expectUnauthenticated(remote, jwt);
    expect(requests).toBe(0);
  });

  it('refuses another algorithm of a known key', async () => {
    await expectUnauthenticated(remote, signedBy(rsa.privateKey, { alg: 'PS256', kid: 'rsa' }));
  });

  it('refuses a signature by another key under a known kid', async () => {
    const impostor = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    await expectUnauthenticated(remote, signedBy(impostor, { alg: 'ES256', kid: 'ec' }));
  });

  it('never asks a URL nor takes a key that the token brings', async () => {
    const impostor = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const header = { alg: 'ES256', kid: 'own', jku: 'http://127.0.0.1:1/', jwk: await exportJWK(impostor.publicKey) };
    await expectUnauthenticated(remote, signedBy(impostor.privateKey, header));
  });

  it('asks for the keys once for many unknown kids', async () => {
    for (const kid of ['x', 'y', 'z'])
      await expectUnauthenticated(remote, signedBy(ec.privateKey, { alg: 'ES256', kid }));
    expect(requests).toBe(1);
  });

  it('goes on with the keys that it has when the URL is away', async () => {
    await remote.verify(await signedBy(ec.privateKey, { alg: 'ES256', kid: 'ec' }));
    jwks.closeAllConnections();
    jwks.close();
    await expect(remote.verify(await signedBy(ec.privateKey, { alg: 'ES256', kid: 'ec' }))).resolves.toBeDefined();
  });

  it('does not blame the token when the keys cannot be had', async () => {
    jwks.close();
    const verified = remote.verify(await signedBy(ec.privateKey, { alg: 'ES256', kid: 'ec' }));
    await expect(verified).rejects.toMatchObject({ code: 'request.unavailable', retryAfter: 5 });
  });
});

describe('TokenVerifier options', () => {
  const unchecked = { issuer: null, audience: null };

  it.each<[string, TokenVerifierOptions, string]>([
    ['a short secret', { secret: 'secret', ...unchecked }, 'at least 32 bytes'],
    ['a PEM key as secret', { secret: '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQ', ...unchecked }, 'PEM'],
    ['keys over clear text', { jwksUrl: 'http://login.example.com/jwks', ...unchecked }, 'https'],
    ['what is no URL', { jwksUrl: 'login.example.com', ...unchecked }, 'URL'],
  ])('refuse %s', (_what, options, message) => {
    expect(() => new TokenVerifier(options)).toThrow(message);
  });
});

async function expectUnauthenticated(verifier: TokenVerifier, token: string | Promise<string>): Promise<void> {
  await expect(verifier.verify(await token)).rejects.toMatchObject({
    code: 'request.unauthenticated',
    detail: 'A valid bearer token is required.',
  });
}

function token(claims: JWTPayload = {}, secret = SECRET): Promise<string> {
  return new SignJWT(claimsWith(claims)).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(secret));
}

function signedBy(key: KeyObject, header: { alg: string; kid: string; jku?: string; jwk?: object }): Promise<string> {
  return new SignJWT(claimsWith({})).setProtectedHeader(header).sign(key);
}

function claimsWith(claims: JWTPayload): JWTPayload {
  return {
    sub: 'user-1',
    iss: ISSUER,
    aud: AUDIENCE,
    exp: inSeconds(60),
    orgs: { [ORGANIZATION]: ['org.storage.list'] },
    ...claims,
  };
}

function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}

async function publicJwk(key: KeyObject, kid: string, alg: string): Promise<object> {
  return { ...(await exportJWK(key)), kid, alg, use: 'sig' };
}

async function jwksOptions(server: Server): Promise<TokenVerifierOptions> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { jwksUrl: `http://127.0.0.1:${port}/jwks`, issuer: ISSUER, audience: AUDIENCE };
}
