import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isUUID } from 'class-validator';
import { ORGANIZATION_PERMISSIONS, type OrganizationPermission, readEnvironment, text } from '@stowage/contracts';
import { signDevelopmentToken } from '@stowage/permissions';

export const USAGE =
  'npm run token -- [--org <uuid>]… [--permission org.storage.list]… [--platform] [--sub <user>]\n' +
  'Without --permission the token has all four: ' +
  ORGANIZATION_PERMISSIONS.join(', ');

/** The message says what is wrong with the command line or the environment, and how to mend it. */
export class TokenCommandError extends Error {
  override readonly name = 'TokenCommandError';
}

/**
 * A development token for the gateway that this environment describes, good for 12 hours.
 * @param args as on the command line, see USAGE
 * @throws TokenCommandError, EnvironmentError
 */
export async function developmentToken(
  args: string[],
  environment: Record<string, string | undefined>,
): Promise<string> {
  const { org, permission, platform, sub } = parse(args);
  if (org.length === 0 && !platform) throw new TokenCommandError('Name an organization with --org, or give --platform');
  const permissions = permission.length > 0 ? permission.map(organizationPermission) : [...ORGANIZATION_PERMISSIONS];
  return signDevelopmentToken({
    ...issuerIn(environment),
    subject: sub,
    organizations: Object.fromEntries(org.map((id) => [organizationId(id), permissions])),
    platform: platform ? ['platform.storage.update'] : [],
  });
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        org: { type: 'string', multiple: true, default: [] },
        permission: { type: 'string', multiple: true, default: [] },
        platform: { type: 'boolean', default: false },
        sub: { type: 'string', default: 'developer' },
      },
    }).values;
  } catch (error) {
    throw new TokenCommandError((error as Error).message);
  }
}

function organizationId(id: string): string {
  if (!isUUID(id, 'all')) throw new TokenCommandError(`--org ${id}: must be a UUID`);
  return id;
}

function organizationPermission(code: string): OrganizationPermission {
  const known = ORGANIZATION_PERMISSIONS.find((permission) => permission === code);
  if (!known)
    throw new TokenCommandError(`--permission ${code}: must be one of ${ORGANIZATION_PERMISSIONS.join(', ')}`);
  return known;
}

function issuerIn(environment: Record<string, string | undefined>) {
  const { JWT_SECRET, JWT_ISSUER, JWT_AUDIENCE, DATA_DIR } = readEnvironment(
    { JWT_SECRET: text(), JWT_ISSUER: text(), JWT_AUDIENCE: text(), DATA_DIR: text('.stowage') },
    environment,
    (path) => readFileSync(path, 'utf8'),
  );
  const secret = JWT_SECRET ?? secretOfStart(join(DATA_DIR!, 'jwt-secret'));
  return { secret, issuer: JWT_ISSUER, audience: JWT_AUDIENCE };
}

function secretOfStart(path: string): string {
  try {
    return readFileSync(path, 'utf8').trimEnd();
  } catch {
    throw new TokenCommandError(`There is no ${path} yet: run npm start once, or set JWT_SECRET to the gateway's`);
  }
}
