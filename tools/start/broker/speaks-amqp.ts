import { connect as connectPlain } from 'node:net';
import { connect as connectTls } from 'node:tls';

const TIMEOUT_MS = 3000;
/** AMQP 0-9-1, section 4.2.2: what a client says first; a server answers with a method frame (type 1). */
const PROTOCOL_HEADER = Buffer.from([...Buffer.from('AMQP'), 0, 0, 9, 1]);
const METHOD_FRAME = 1;

/** Whether an AMQP server answers there. A listening port is not enough: a container's port opens before its server. */
export function speaksAmqp({
  host,
  port,
  secure = false,
}: {
  host: string;
  port: number;
  secure?: boolean;
}): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = secure
      ? connectTls({ host, port, servername: host, rejectUnauthorized: false })
      : connectPlain({ host, port });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(TIMEOUT_MS, () => end(false));
    socket.once(secure ? 'secureConnect' : 'connect', () => socket.write(PROTOCOL_HEADER));
    socket.once('data', (data) => end(data[0] === METHOD_FRAME));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
  });
}
