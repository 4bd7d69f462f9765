import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { LeashedProcess } from './leashed-process.js';
import { makePrivateDirectory, removePrivateDirectory } from './private-directory.js';

export interface SilentPort {
  port: number;
  stop(): Promise<void>;
}

const BACKLOG = 1;
/** Linux queues one more than it was asked for. */
const QUEUED = BACKLOG + 1;
const LISTEN = `require('node:net').createServer()
  .listen({ port: 0, host: '127.0.0.1', backlog: ${BACKLOG} }, function () { console.log(this.address().port) })`;

/**
 * A port on 127.0.0.1 at which connecting is never answered, as behind a firewall that drops what it does not let in: the
 * process that listens there is frozen and its queue full, so the kernel drops each SYN (tcp(7), tcp_abort_on_overflow).
 */
export async function startSilentPort(): Promise<SilentPort> {
  const directory = makePrivateDirectory('silent-port');
  const sockets: Socket[] = [];
  let port = 0;
  const listener = new LeashedProcess({
    name: 'the frozen listener',
    command: process.execPath,
    args: ['-e', LISTEN],
    logFile: join(directory, 'log'),
    onLine: (line) => (port = Number(line)),
    graceSeconds: 0,
  });
  const stop = async () => {
    for (const socket of sockets) socket.destroy();
    await listener.stop();
    removePrivateDirectory(directory);
  };
  try {
    await listener.ready(() => port > 0, 10);
    await listener.signal('SIGSTOP');
    await fillQueue(port, sockets);
    return { port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** More come than there is room for; who has got none by then never does. */
function fillQueue(port: number, sockets: Socket[]): Promise<void> {
  return new Promise((resolve) => {
    let queued = 0;
    const onConnect = () => ++queued === QUEUED && resolve();
    for (let each = 0; each < QUEUED + 2; each += 1) {
      sockets.push(connect(port, '127.0.0.1', onConnect).on('error', () => undefined));
    }
  });
}
