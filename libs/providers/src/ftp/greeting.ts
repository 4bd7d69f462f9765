import type { Credentials } from '@stowage/contracts';
import type { DialTarget, Dialer } from '../dialer/dialer.js';
import { StorageFailure } from '../failure.js';
import type { ControlConnection } from './control-connection.js';
import { codeOf, replyFailure } from './symptoms.js';

/** A server speaks first. One that is silent for so long may wait for a TLS handshake. */
const SILENCE_MS = 4000;
const PEEKED_CHARACTERS = 1024;

const SSH_WORDS = '; this port answers as an SSH server: choose SFTP, or the port of the FTP server';

export interface GreetingOptions {
  dialer: Dialer;
  target: DialTarget;
  /** To be kept out of what is told. */
  credentials?: Credentials;
  /** Milliseconds. */
  silenceMs?: number;
}

/**
 * Waits for the greeting of the server and tells what it is when it does not speak FTP.
 *
 * @throws StorageFailure `ftp.not_ftp`, `tls.required`, `quota.connections`, `ftp.unavailable`, `network.*`
 */
export async function awaitGreeting(control: ControlConnection, options: GreetingOptions): Promise<void> {
  const { credentials, silenceMs = SILENCE_MS } = options;
  const stopPeeking = endUnlessFtp(control);
  const silence = control.isSecure ? undefined : setTimeout(() => void endIfOfAnotherKind(control, options), silenceMs);
  try {
    const { code } = await control.greeting();
    if (code !== 220) throw new StorageFailure('ftp.unrecognised', { step: 'authenticate' });
  } catch (error) {
    throw codeOf(error) === undefined ? error : replyFailure('login', error, credentials);
  } finally {
    clearTimeout(silence);
    stopPeeking();
  }
}

function endUnlessFtp(control: ControlConnection): () => void {
  const { socket } = control;
  let head = '';
  const peek = (chunk: Buffer | string) => {
    head += String(chunk).slice(0, PEEKED_CHARACTERS);
    const isWhole = head.includes('\n') || head.length >= PEEKED_CHARACTERS;
    if (isWhole && !/^\d{3}[ -]/.test(head)) control.end(notFtp(head.startsWith('SSH-') ? SSH_WORDS : undefined));
  };
  socket.on('data', peek);
  return () => socket.off('data', peek);
}

/** Tries a TLS handshake beside the silent connection. Nothing is sent through it. */
async function endIfOfAnotherKind(control: ControlConnection, { dialer, target }: GreetingOptions): Promise<void> {
  const { host, port, signal } = target;
  try {
    (await dialer.connectTls({ host, port, signal }, {})).destroy();
    control.end(tlsRequired());
  } catch (error) {
    const code = error instanceof StorageFailure ? error.code : '';
    // An FTP server that is merely slow would have greeted us by now: the words that came were for our handshake.
    if (code === 'tls.not_tls') control.end(notFtp());
    else if (code.startsWith('tls.')) control.end(tlsRequired());
  }
}

const notFtp = (serviceWords?: string): StorageFailure =>
  new StorageFailure('ftp.not_ftp', {
    step: 'authenticate',
    values: serviceWords === undefined ? undefined : { service_words: serviceWords },
  });

const tlsRequired = (): StorageFailure =>
  new StorageFailure('tls.required', { step: 'tls', suggested: { tls: 'implicit' } });
