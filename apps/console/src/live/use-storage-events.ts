import { useEffect, useState } from 'react';
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { fetchEvents } from '../api/client.js';
import { asProblem } from '../api/problem.js';
import type { Owner } from '../storages/owner.js';
import { oneAtATime } from './one-at-a-time.js';

const RECONNECT_MS = 2000;

/** Follows the owner's events and asks again for what they touched. Tells whether the stream is open. */
export function useStorageEvents(owner: Owner | null, enabled: boolean): boolean {
  const queries = useQueryClient();
  const [live, setLive] = useState(false);

  useEffect(() => {
    if (!enabled || owner === null) return undefined;
    const closing = new AbortController();
    const refresh = () => Promise.all(owner.liveKeys.map((queryKey) => askAgain(queries, queryKey)));
    const onEvent = oneAtATime(refresh);
    void follow(owner.eventsUrl, closing.signal, { onOpen: setLive, onEvent });
    return () => {
      closing.abort();
      setLive(false);
    };
  }, [owner, enabled, queries]);

  return live;
}

/** After an answer that is on its way: taken back, the first list would wait for the stream too. */
async function askAgain(queries: QueryClient, queryKey: string[]): Promise<void> {
  if (queries.isFetching({ queryKey }) > 0) await queries.refetchQueries({ queryKey }, { cancelRefetch: false });
  await queries.invalidateQueries({ queryKey });
}

interface Follower {
  onOpen: (open: boolean) => void;
  onEvent: () => void;
}

async function follow(url: string, signal: AbortSignal, { onOpen, onEvent }: Follower): Promise<void> {
  let lastEventId: string | undefined;
  while (!signal.aborted) {
    try {
      const headers: Record<string, string> = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
      const events = await fetchEvents(url, { headers, signal });
      onOpen(true);
      onEvent();
      const parsed = events.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
      for (const reader = parsed.getReader(); ;) {
        const { done, value } = await reader.read();
        if (done) break;
        lastEventId = value.id ?? lastEventId;
        onEvent();
      }
    } catch (error) {
      if (signal.aborted) return;
      // Not here for this caller (404, 403) or not any more (401): the queries keep asking by themselves.
      const { passing } = asProblem(error);
      if (!passing) return onOpen(false);
    }
    onOpen(false);
    await pause(RECONNECT_MS, signal);
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
