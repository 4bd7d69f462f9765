export type OrganizationPermission =
  'org.storage.create' | 'org.storage.list' | 'org.storage.update' | 'org.storage.delete';

/** What the console needs to know of a token. Only the gateway verifies it: these merely decide what is shown. */
export interface Claims {
  /** Organization ids, each with its permission codes. */
  organizations: Record<string, string[]>;
  isPlatformAdministrator: boolean;
  /** Epoch milliseconds. */
  expiresAt: number;
}

/** Null when the text is not a token at all. */
export function readClaims(token: string): Claims | null {
  try {
    const payload = JSON.parse(decodePayload(token)) as {
      exp?: unknown;
      orgs?: Record<string, string[]>;
      platform?: string[];
    };
    if (typeof payload.exp !== 'number') return null;
    return {
      organizations: payload.orgs ?? {},
      isPlatformAdministrator: (payload.platform ?? []).includes('platform.storage.update'),
      expiresAt: payload.exp * 1000,
    };
  } catch {
    return null;
  }
}

export function may({ organizations }: Claims, organizationId: string, permission: OrganizationPermission): boolean {
  const codes = organizations[organizationId] ?? [];
  return codes.includes(permission) || codes.includes('org.storage.*');
}

function decodePayload(token: string): string {
  const base64 = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
  return new TextDecoder().decode(Uint8Array.from(atob(base64), (character) => character.codePointAt(0)!));
}
