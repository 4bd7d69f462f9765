import { useQuery } from '@tanstack/react-query';
import { api, dataOf } from '../api/client.js';
import type { Operation } from '../api/types.js';

const POLL_MS = 500;
const MOVING: Operation['status'][] = ['queued', 'running'];

export const isMoving = ({ status }: Operation): boolean => MOVING.includes(status);

/** Follows an operation to its end; one that was superseded is followed where it went. */
export function useOperation(id: string | null): Operation | undefined {
  const operation = useQuery({
    queryKey: ['operation', id],
    enabled: id !== null,
    queryFn: async ({ signal }) =>
      dataOf(await api.GET('/api/v1/backups/storage-operations/{id}', { params: { path: { id: id! } }, signal })),
    refetchInterval: ({ state }) => (state.data && !isMoving(state.data) ? false : POLL_MS),
  }).data;
  const successor = operation?.superseded_by ?? null;
  const continued = useQuery({
    queryKey: ['operation', successor],
    enabled: successor !== null,
    queryFn: async ({ signal }) =>
      dataOf(
        await api.GET('/api/v1/backups/storage-operations/{id}', { params: { path: { id: successor! } }, signal }),
      ),
    refetchInterval: ({ state }) => (state.data && !isMoving(state.data) ? false : POLL_MS),
  }).data;
  return continued ?? operation;
}
