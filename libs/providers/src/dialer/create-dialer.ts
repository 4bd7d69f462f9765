import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as startTls, type TLSSocket } from 'node:tls';
import { abortFailure, deadlineAfter, untilAborted } from '../deadline.js';
import { StorageFailure } from '../failure.js';
import { certificateFailure } from './certificate.js';
import type { Dialer, DialTarget, TlsOptions } from './dialer.js';
import { askingOnce, type LookUpLimits } from './look-up.js';
import { networkFailure } from './network-symptoms.js';
import { type DialerIdentity, type EgressPolicy, judgeAddress, judgePort } from './policy.js';
import { type Resolve, resolveByNameServers, resolveBySystem } from './resolve.js';

const CONNECT_TIMEOUT_MS = 5000;
const MAX_ADDRESSES = 3;

export interface DialerParts extends LookUpLimits {
  resolve?: Resolve;
  connectTimeoutMs?: number;
}

/** The dialer of one storage: `identity` says which allowances of the policy apply. */
export function createDialer(policy: EgressPolicy, identity: DialerIdentity, parts: DialerParts = {}): Dialer {
  const resolve = askingOnce(parts.resolve ?? resolverOf(policy), parts);
  const connectTimeoutMs = parts.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;

  async function connect(target: DialTarget): Promise<Socket> {
    if (judgePort(policy, identity, target.port) === 'denied') {
      throw new StorageFailure('target.port_forbidden', { step: 'connect', values: { port: target.port } });
    }
    const addresses = await judgedAddresses(target);
    const began = performance.now();
    const socket = await dialFirst(addresses, target);
    if (isDenied(socket.remoteAddress ?? '', target)) {
      socket.destroy();
      throw new StorageFailure('target.forbidden', { step: 'connect' });
    }
    target.observer?.step('connect', 'ok', { durationMs: performance.now() - began });
    return socket;
  }

  function isDenied(address: string, { port, sameHostAs }: DialTarget): boolean {
    if (sameHostAs) return address !== sameHostAs.remoteAddress;
    return judgeAddress(policy, identity, address, port) === 'denied';
  }

  /** Literals fit to be dialled, IPv4 first. One denied address among them spoils all: the next look-up might pick it. */
  async function judgedAddresses(target: DialTarget): Promise<string[]> {
    if (isIP(target.host)) {
      if (isDenied(target.host, target)) {
        throw new StorageFailure('target.forbidden', { step: 'connect', values: { host: target.host } });
      }
      return [target.host];
    }
    const began = performance.now();
    const addresses = await untilAborted(resolve(target.host, target.signal), target.signal, 'network.name_server', {
      step: 'resolve',
    });
    if (addresses.some((address) => isDenied(address, target)))
      throw new StorageFailure('network.unreachable', { step: 'resolve' });
    target.observer?.step('resolve', 'ok', { durationMs: performance.now() - began });
    return addresses.toSorted((a, b) => isIP(a) - isIP(b)).slice(0, MAX_ADDRESSES);
  }

  async function dialFirst(addresses: string[], target: DialTarget): Promise<Socket> {
    let failure = new StorageFailure('network.unreachable', { step: 'resolve' });
    for (const address of addresses) {
      try {
        return await dial(address, target);
      } catch (error) {
        if (target.signal.aborted || !(error instanceof StorageFailure)) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  function dial(address: string, { port, signal }: DialTarget): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connectTcp({ host: address, port, noDelay: true });
      const deadline = deadlineAfter(connectTimeoutMs, signal);
      const fail = (failure: StorageFailure) => {
        deadline.clear();
        socket.destroy();
        reject(failure);
      };
      const expire = () => fail(abortFailure(deadline.signal, 'network.timeout', { step: 'connect' }));
      const onError = (error: Error) => {
        fail(networkFailure(error, { step: 'connect' }) ?? new StorageFailure('network.no_route', { step: 'connect' }));
      };
      socket.on('error', onError);
      socket.once('connect', () => {
        deadline.clear();
        socket.removeListener('error', onError);
        resolve(socket);
      });
      deadline.signal.addEventListener('abort', expire, { once: true });
      if (deadline.signal.aborted) expire();
    });
  }

  return {
    connect,
    async connectTls(target, tls) {
      return secure(await connect(target), target, tls);
    },
    upgradeTls: secure,
  };
}

function resolverOf({ allowLoopback, nameServers = [] }: EgressPolicy): Resolve {
  return allowLoopback && nameServers.length === 0 ? resolveBySystem : resolveByNameServers(nameServers);
}

/** TLS on an open socket. @throws StorageFailure `tls.*`, `network.*`; the socket is destroyed then */
function secure(
  socket: Socket,
  { host, signal, observer }: DialTarget,
  { ca, session }: TlsOptions,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const tls = startTls({
      socket,
      host,
      servername: isIP(host) ? undefined : host,
      minVersion: 'TLSv1.2',
      ca: ca ?? undefined,
      session,
      // Refused below instead, before a byte is written: only so can the answer name the certificate that was met.
      rejectUnauthorized: false,
    });
    const fail = (failure: StorageFailure) => {
      signal.removeEventListener('abort', expire);
      tls.destroy();
      socket.destroy();
      reject(failure);
    };
    const expire = () => fail(abortFailure(signal, 'network.no_response', { step: 'tls' }));
    const onError = (error: Error) => {
      fail(networkFailure(error, { step: 'tls' }) ?? new StorageFailure('tls.handshake', { step: 'tls' }));
    };
    tls.on('error', onError);
    tls.once('secureConnect', () => {
      const distrust = certificateFailure(tls);
      if (distrust) return fail(distrust);
      signal.removeEventListener('abort', expire);
      tls.removeListener('error', onError);
      observer?.step('tls', 'ok', { durationMs: performance.now() - began, message: tls.getProtocol() ?? undefined });
      return resolve(tls);
    });
    signal.addEventListener('abort', expire, { once: true });
    if (signal.aborted) expire();
  });
}
