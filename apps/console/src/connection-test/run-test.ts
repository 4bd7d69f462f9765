import { EventSourceParserStream } from 'eventsource-parser/stream';
import { fetchEvents } from '../api/client.js';
import { ProblemError } from '../api/problem.js';
import type { Check, Problem, TestResult, TestStorageConfig } from '../api/types.js';

export interface TestTarget {
  url: string;
  /** Absent for a saved storage. */
  body?: TestStorageConfig;
}

/**
 * Runs a test and tells of each step as it ends.
 * @throws ProblemError when the test could not be run; a failed test is a result.
 */
export async function runTest(
  { url, body }: TestTarget,
  onCheck: (check: Check) => void,
  signal: AbortSignal,
): Promise<TestResult> {
  const stream = await fetchEvents(url, {
    method: 'POST',
    signal,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const reader = stream.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream()).getReader();
  for (;;) {
    const { done, value } = await readNext(reader, signal);
    if (done) throw ProblemError.unreachable();
    if (value.event === 'check') onCheck(JSON.parse(value.data) as Check);
    if (value.event === 'problem') throw ProblemError.from(JSON.parse(value.data) as Problem);
    if (value.event === 'result') return JSON.parse(value.data) as TestResult;
  }
}

async function readNext<T>(reader: ReadableStreamDefaultReader<T>, signal: AbortSignal) {
  try {
    return await reader.read();
  } catch (error) {
    throw signal.aborted ? error : ProblemError.unreachable();
  }
}
