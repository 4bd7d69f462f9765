import type { MessagePort } from 'node:worker_threads';
import { type ProbeOutcome, type ProbeResults, type ProbeTask, runProbe } from './probe-task.js';
import type { ThreadMessage } from './thread-message.js';

export interface ThreadTask {
  task: ProbeTask;
  /** Any message on it cancels. */
  port: MessagePort;
}

/** What the pool runs in each of its threads. */
export default async function runInThread({
  task,
  port,
}: ThreadTask): Promise<ProbeOutcome<ProbeResults[ProbeTask['kind']]>> {
  const cancelled = new AbortController();
  port.once('message', () => cancelled.abort());
  const tell = (message: ThreadMessage): void => port.postMessage(message);
  tell({ begun: true });
  try {
    return await runProbe(task, {
      signal: cancelled.signal,
      onCheck: (check) => tell({ check }),
      onProgress: (progress) => tell({ progress }),
    });
  } finally {
    port.close();
  }
}
