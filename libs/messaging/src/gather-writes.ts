import type { Writable } from 'node:stream';

/**
 * Lets what is written within one turn of the event loop leave in one system call. amqplib writes the frames of a message
 * and each acknowledgement by themselves; for a reply these are three calls, which cost more than making the reply does.
 */
export function gatherWrites(stream: Writable): void {
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  let gathering = false;
  stream.write = (...args: unknown[]): boolean => {
    if (!gathering) {
      gathering = true;
      stream.cork();
      process.nextTick(() => {
        gathering = false;
        stream.uncork();
      });
    }
    return write(...args);
  };
}
