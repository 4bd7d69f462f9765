import { PassThrough } from 'node:stream';
import { createParamDecorator, type ExecutionContext, StreamableFile } from '@nestjs/common';
import type { TestResult } from '@stowage/contracts';
import type { FastifyRequest } from 'fastify';
import { toProblem } from '../problem.filter.js';
import type { RunTest } from './storage-tests.service.js';

const EVENT_STREAM = 'text/event-stream';
export const TEST_MEDIA_TYPES = ['application/json', EVENT_STREAM];
/** Proxies close what is silent for a minute; a part of a full test may be. */
const PING_MS = 15_000;

/** Gives a test's result as the client wants it: in one piece, or step by step. */
export type AnswerTest = (run: RunTest) => Promise<TestResult | StreamableFile>;

export const TestAnswer = createParamDecorator((_data: unknown, context: ExecutionContext): AnswerTest => {
  const { headers, id } = context.switchToHttp().getRequest<FastifyRequest>();
  const wantsEvents = headers.accept?.toLowerCase().includes(EVENT_STREAM) ?? false;
  return (run) => (wantsEvents ? streamTest(run, id) : run());
});

/**
 * `event: check` for each step, then `event: result`. What is refused before the first step is thrown, to become an
 * ordinary problem document; what fails after it ends the stream with `event: problem`.
 */
async function streamTest(run: RunTest, requestId: string): Promise<StreamableFile> {
  const stream = new PassThrough();
  const abandoned = new AbortController();
  stream.once('close', () => abandoned.abort());

  let result: Promise<TestResult>;
  const firstCheck = new Promise<void>((resolve) => {
    result = run({
      signal: abandoned.signal,
      onCheck: (check) => {
        writeEvent(stream, 'check', check);
        resolve();
      },
    });
  });
  await Promise.race([firstCheck, result!]);

  const ping = setInterval(() => stream.write(': ping\n\n'), PING_MS);
  void result!
    .then(
      (outcome) => writeEvent(stream, 'result', outcome),
      (error: unknown) => writeEvent(stream, 'problem', toProblem(error, requestId)),
    )
    .finally(() => {
      clearInterval(ping);
      stream.end();
    });
  return new StreamableFile(stream, { type: EVENT_STREAM });
}

function writeEvent(stream: PassThrough, event: string, data: object): void {
  if (stream.writable) stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}
