import { Agent as HttpAgent, type ClientRequestArgs } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';
import type { Dialer, DialTarget } from '../dialer/dialer.js';
import type { StepObserver } from '../step-observer.js';

export interface AgentOptions {
  dialer: Dialer;
  signal: AbortSignal;
  observer?: StepObserver;
  ca: string | null;
}

type OnSocket = (error: Error | null, socket: Duplex) => void;

/** Enough for the parts of one upload beside a small request. Connections belong to one storage alone. */
const KEEP = { keepAlive: true, maxSockets: 8 };

/**
 * Instances, not options: from agent options the HTTP handler of the SDK makes agents of its own for some requests
 * (`Expect: 100-continue`), which would pass the dialer by.
 */
export function createAgents(options: AgentOptions): { httpAgent: HttpAgent; httpsAgent: HttpsAgent } {
  const { dialer, ca } = options;
  const targetOf = firstTimeObserved(options);

  class DialingHttpAgent extends HttpAgent {
    override createConnection(request: ClientRequestArgs, onSocket: OnSocket): undefined {
      handOver(dialer.connect(targetOf(request)), onSocket);
    }
  }

  class DialingHttpsAgent extends HttpsAgent {
    override createConnection(request: ClientRequestArgs, onSocket: OnSocket): undefined {
      handOver(dialer.connectTls(targetOf(request), { ca }), onSocket);
    }
  }

  return { httpAgent: new DialingHttpAgent(KEEP), httpsAgent: new DialingHttpsAgent(KEEP) };
}

/** The steps of the first connection are those of the storage; later ones repeat them. */
function firstTimeObserved({ signal, observer }: AgentOptions): (request: ClientRequestArgs) => DialTarget {
  let isFirst = true;
  return ({ host, port, defaultPort }) => {
    const target = {
      host: bare(host ?? ''),
      port: Number(port ?? defaultPort),
      signal,
      observer: isFirst ? observer : undefined,
    };
    isFirst = false;
    return target;
  };
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}

function handOver(connection: Promise<Duplex>, onSocket: OnSocket): undefined {
  connection.then(
    (socket) => onSocket(null, survivingLateErrors(socket)),
    (error: Error) => onSocket(error, undefined as unknown as Duplex),
  );
}

/**
 * A server that refuses an upload early and hangs up leaves writes behind that fail (EPIPE) when the request has its answer
 * and listens no more: without a listener of our own that ends the whole process.
 */
function survivingLateErrors(socket: Duplex): Duplex {
  return socket.on('error', () => undefined);
}
