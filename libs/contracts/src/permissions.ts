/** Permission codes as they stand in a token's `orgs` claim. `org.storage.*` grants all four. */
export const ORGANIZATION_PERMISSIONS = [
  'org.storage.create',
  'org.storage.list',
  'org.storage.update',
  'org.storage.delete',
] as const;
export type OrganizationPermission = (typeof ORGANIZATION_PERMISSIONS)[number];

/** Permission codes as they stand in a token's `platform` claim. */
export const PLATFORM_PERMISSIONS = ['platform.storage.update'] as const;
export type PlatformPermission = (typeof PLATFORM_PERMISSIONS)[number];

export type Permission = OrganizationPermission | PlatformPermission;
