import { type QueryClient, queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, dataOf } from '../api/client.js';
import type {
  CreateStorageConfig,
  Provider,
  StorageConfig,
  StorageProvider,
  UpdateStorageConfig,
} from '../api/types.js';
import { usePolling } from '../live/liveness.js';
import { type Owner, useOwner } from './owner.js';

const BASE = '/api/v1/backups';

const configsKey = (owner: Owner) => ['owner', owner.key, 'configs'];

export const providersQuery = queryOptions({
  queryKey: ['providers'],
  queryFn: async ({ signal }) => dataOf(await api.GET(`${BASE}/storage-providers`, { signal })),
  staleTime: Infinity,
});

export const settingsQuery = queryOptions({
  queryKey: ['settings'],
  queryFn: async ({ signal }) => dataOf(await api.GET(`${BASE}/storage-settings`, { signal })),
});

const storagesQuery = (owner: Owner) =>
  queryOptions({ queryKey: configsKey(owner), queryFn: ({ signal }) => owner.list(signal) });

/** Asks for what the first view shows before anything is drawn; the views then find it asked for. */
export function askEarly(queries: QueryClient, owner: Owner): void {
  void queries.prefetchQuery(storagesQuery(owner));
  void queries.prefetchQuery(providersQuery);
  void queries.prefetchQuery(settingsQuery);
}

export function useStorages() {
  const owner = useOwner();
  const refetchInterval = usePolling();
  return useQuery({ ...storagesQuery(owner), refetchInterval });
}

/** Undefined while they are loading. */
export function useProvider(provider: Provider): StorageProvider | undefined {
  return useQuery(providersQuery).data?.find((known) => known.provider === provider);
}

export function useCreateStorage() {
  const owner = useOwner();
  const refresh = useRefreshStorages();
  return useMutation({
    mutationFn: ({ body, idempotencyKey }: { body: CreateStorageConfig; idempotencyKey: string }) =>
      owner.create(body, idempotencyKey),
    onSuccess: refresh,
  });
}

export function useUpdateStorage() {
  const owner = useOwner();
  const refresh = useRefreshStorages();
  return useMutation({
    mutationFn: ({ config, body }: { config: Pick<StorageConfig, 'id' | 'version'>; body: UpdateStorageConfig }) =>
      owner.update(config, body),
    onSettled: refresh,
  });
}

export function useDeleteStorage() {
  const owner = useOwner();
  const refresh = useRefreshStorages();
  return useMutation({
    mutationFn: (config: Pick<StorageConfig, 'id' | 'version'>) => owner.remove(config),
    onSettled: refresh,
  });
}

/** Asks again for all that is shown of this owner's storages. */
export function useRefreshStorages(): () => Promise<void> {
  const owner = useOwner();
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: ['owner', owner.key] });
}
