import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ORGANIZATION_PERMISSIONS } from '@stowage/contracts';
import { type Caller, TokenVerifier } from '@stowage/permissions';
import { developmentToken } from './development-token.js';

const ORGANIZATION = '0191a5d0-0000-7000-8000-0000000000aa';
const JWT_SECRET = 'a secret of development, 32 bytes or more';

describe('npm run token', () => {
  it('grants all four permissions in the organization, and nothing on the platform', async () => {
    const caller = await callerOf(['--org', ORGANIZATION]);
    for (const permission of ORGANIZATION_PERMISSIONS) caller.requireIn(ORGANIZATION, permission);
    expect(() => caller.requireOnPlatform('platform.storage.update')).toThrow('permission');
    expect(caller.id).toBe('developer');
  });

  it('grants only the permissions that are named', async () => {
    const caller = await callerOf(['--org', ORGANIZATION, '--permission', 'org.storage.list', '--sub', 'ann']);
    expect(() => caller.requireIn(ORGANIZATION, 'org.storage.list')).not.toThrow();
    expect(() => caller.requireIn(ORGANIZATION, 'org.storage.delete')).toThrow('org.storage.delete');
    expect(caller.id).toBe('ann');
  });

  it('makes an administrator of the platform', async () => {
    const caller = await callerOf(['--platform']);
    expect(() => caller.requireOnPlatform('platform.storage.update')).not.toThrow();
  });

  it('carries the issuer and the audience that the gateway requires', async () => {
    const environment = { JWT_SECRET, JWT_ISSUER: 'https://login.example.com', JWT_AUDIENCE: 'stowage' };
    const verifier = new TokenVerifier({
      secret: JWT_SECRET,
      issuer: 'https://login.example.com',
      audience: 'stowage',
    });
    await expect(verifier.verify(await developmentToken(['--platform'], environment))).resolves.toBeDefined();
  });

  it('signs with the secret that npm start wrote', async () => {
    const DATA_DIR = mkdtempSync(join(tmpdir(), 'token-'));
    try {
      writeFileSync(join(DATA_DIR, 'jwt-secret'), `${JWT_SECRET}\n`, { mode: 0o600 });
      await expect(callerOf(['--platform'], { DATA_DIR })).resolves.toBeDefined();
    } finally {
      rmSync(DATA_DIR, { recursive: true });
    }
  });

  it.each([
    ['nothing asked for', [], 'Name an organization'],
    ['an organization that is no UUID', ['--org', 'acme'], '--org acme: must be a UUID'],
    ['an unknown permission', ['--org', ORGANIZATION, '--permission', 'admin'], '--permission admin'],
    ['an unknown option', ['--admin'], '--admin'],
  ])('explains what is wrong with %s', async (_what, args, message) => {
    await expect(developmentToken(args, { JWT_SECRET })).rejects.toMatchObject({
      name: 'TokenCommandError',
      message: expect.stringContaining(message) as string,
    });
  });

  it('says where a secret comes from when there is none', async () => {
    await expect(developmentToken(['--platform'], { DATA_DIR: '/nonexistent' })).rejects.toThrow(
      /npm start once, or set JWT_SECRET/,
    );
  });
});

async function callerOf(args: string[], environment: Record<string, string> = { JWT_SECRET }): Promise<Caller> {
  const verifier = new TokenVerifier({ secret: JWT_SECRET, issuer: null, audience: null });
  return verifier.verify(await developmentToken(args, environment));
}
