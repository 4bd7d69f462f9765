import { createContext, useContext } from 'react';
import { api, dataOf } from '../api/client.js';
import { type Page, pageOf } from '../api/page.js';
import type { AuditEntry, CreateStorageConfig, StorageConfig, UpdateStorageConfig } from '../api/types.js';
import { may, type OrganizationPermission } from '../session/claims.js';
import { useSession } from '../session/session.js';

const BASE = '/api/v1/backups';
const AUDIT_PAGE = 50;

/** Whose storages are shown: an organization's, or the platform's own. The same pages serve both. */
export interface Owner {
  /** Tells owners apart in caches. */
  key: string;
  /** Null for the platform. */
  organizationId: string | null;
  list(signal: AbortSignal): Promise<StorageConfig[]>;
  create(body: CreateStorageConfig, idempotencyKey: string): Promise<StorageConfig>;
  /** @throws ProblemError with status 412 when somebody else changed it since `version` */
  update(config: Pick<StorageConfig, 'id' | 'version'>, body: UpdateStorageConfig): Promise<StorageConfig>;
  remove(config: Pick<StorageConfig, 'id' | 'version'>): Promise<unknown>;
  /** What was done, the newest first. */
  audit(cursor: string | undefined, signal: AbortSignal): Promise<Page<AuditEntry>>;
  /** Of the stream that tells of every change. */
  eventsUrl: string;
  /** Which queries such a change may touch. */
  liveKeys: string[][];
  testInputUrl(): string;
  testSavedUrl(id: string, depth: 'quick' | 'full'): string;
}

export function organizationOwner(organizationId: string): Owner {
  const query = { organization_id: organizationId };
  return {
    key: organizationId,
    organizationId,
    list: async (signal) => dataOf(await api.GET(`${BASE}/storage-configs`, { params: { query }, signal })),
    create: async (body, idempotencyKey) =>
      dataOf(
        await api.POST(`${BASE}/storage-configs`, {
          params: { query, header: { 'Idempotency-Key': idempotencyKey } },
          body,
        }),
      ),
    update: async ({ id, version }, body) =>
      dataOf(
        await api.PATCH(`${BASE}/storage-configs/{id}`, {
          params: { path: { id }, header: { 'If-Match': entityTag(version) } },
          body,
        }),
      ),
    remove: ({ id, version }) =>
      api.DELETE(`${BASE}/storage-configs/{id}`, {
        params: { path: { id }, header: { 'If-Match': entityTag(version) } },
      }),
    audit: async (cursor, signal) =>
      pageOf(
        await api.GET(`${BASE}/storage-audit`, { params: { query: { ...query, limit: AUDIT_PAGE, cursor } }, signal }),
      ),
    eventsUrl: `${BASE}/storage-events?organization_id=${organizationId}`,
    liveKeys: [['owner', organizationId]],
    testInputUrl: () => `${BASE}/storage-configs/test-connection?organization_id=${organizationId}`,
    testSavedUrl: (id, depth) => `${BASE}/storage-configs/${id}/test?depth=${depth}`,
  };
}

export const PLATFORM_OWNER: Owner = {
  key: 'platform',
  organizationId: null,
  list: async (signal) => dataOf(await api.GET(`${BASE}/platform/storage-configs`, { signal })),
  create: async (body, idempotencyKey) =>
    dataOf(
      await api.POST(`${BASE}/platform/storage-configs`, {
        params: { header: { 'Idempotency-Key': idempotencyKey } },
        body,
      }),
    ),
  update: async ({ id, version }, body) =>
    dataOf(
      await api.PATCH(`${BASE}/platform/storage-configs/{id}`, {
        params: { path: { id }, header: { 'If-Match': entityTag(version) } },
        body,
      }),
    ),
  remove: ({ id, version }) =>
    api.DELETE(`${BASE}/platform/storage-configs/{id}`, {
      params: { path: { id }, header: { 'If-Match': entityTag(version) } },
    }),
  audit: async (cursor, signal) =>
    pageOf(
      await api.GET(`${BASE}/platform/storage-audit`, { params: { query: { limit: AUDIT_PAGE, cursor } }, signal }),
    ),
  eventsUrl: `${BASE}/platform/storage-events`,
  liveKeys: [['owner', 'platform'], ['settings'], ['egress-allowances']],
  testInputUrl: () => `${BASE}/platform/storage-configs/test-connection`,
  testSavedUrl: (id, depth) => `${BASE}/platform/storage-configs/${id}/test?depth=${depth}`,
};

const OwnerContext = createContext<Owner>(PLATFORM_OWNER);
export const OwnerProvider = OwnerContext.Provider;
export const useOwner = (): Owner => useContext(OwnerContext);

/** Whether to offer what needs the permission. An administrator of the platform may do everything to its storages. */
export function useMay(permission: OrganizationPermission): boolean {
  const { organizationId } = useOwner();
  const session = useSession();
  if (!session) return false;
  return organizationId === null || may(session.claims, organizationId, permission);
}

const entityTag = (version: number): string => `"${version}"`;
