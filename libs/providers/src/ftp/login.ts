import type { Credentials, StorageLocation, TlsMode } from '@stowage/contracts';
import type { Dialer, DialTarget } from '../dialer/dialer.js';
import { StorageFailure } from '../failure.js';
import type { StepObserver } from '../step-observer.js';
import { askForTls } from './ask-for-tls.js';
import { ControlConnection } from './control-connection.js';
import { DataConnections } from './data-connection.js';
import { awaitGreeting } from './greeting.js';
import { FtpSession } from './session.js';
import { type Action, codeOf, replyFailure, unlessRefused } from './symptoms.js';

const DEFAULT_PORT = { none: 21, explicit: 21, implicit: 990 };

export interface LoginOptions {
  location: StorageLocation;
  credentials: Credentials;
  dialer: Dialer;
  /** Null: TLS if the server offers it. */
  tls: TlsMode | null;
  observer?: StepObserver;
  signal: AbortSignal;
}

export interface Login {
  session: FtpSession;
  /** As asked for, else as found. */
  tls: TlsMode;
}

/**
 * Reaches the server, secures the connection, then logs in: the password goes out in clear only where `tls` is `none`, or
 * where it is null and the server says that it knows no TLS.
 *
 * @throws StorageFailure as `Dialer.connectTls` and `awaitGreeting`, and `ftp.*`
 */
export async function logIn(options: LoginOptions): Promise<Login> {
  const control = await reach(options);
  const stopWatching = control.endOn(options.signal);
  try {
    await awaitGreeting(control, { ...options, target: targetOf(options) });
    const tls = await secure(control, options);
    const began = performance.now();
    await authenticate(control, options.credentials);
    const session = await begin(control, options);
    if (tls === 'none') options.observer?.warn('ftp.clear_text', CLEAR_TEXT);
    options.observer?.step('authenticate', 'ok', { durationMs: performance.now() - began });
    return { session, tls };
  } catch (error) {
    const failure = control.lost ?? error;
    control.end();
    throw failure;
  } finally {
    stopWatching();
  }
}

const CLEAR_TEXT =
  'The password and every backup cross the network in clear text: set tls to explicit if the server can, or use SFTP.';

async function reach(options: LoginOptions): Promise<ControlConnection> {
  const target = { ...targetOf(options), observer: options.observer };
  if (options.tls !== 'implicit') return new ControlConnection(await options.dialer.connect(target));
  try {
    return new ControlConnection(await options.dialer.connectTls(target, { ca: options.location.ca_certificate }));
  } catch (error) {
    if (!(error instanceof StorageFailure && error.code === 'tls.not_tls')) throw error;
    throw new StorageFailure(error.code, { ...error.detail, suggested: { tls: 'explicit' } });
  }
}

function targetOf({ location, tls, signal }: LoginOptions): DialTarget {
  return { host: location.host ?? '', port: location.port ?? DEFAULT_PORT[tls ?? 'explicit'], signal };
}

async function secure(control: ControlConnection, options: LoginOptions): Promise<TlsMode> {
  const { tls, dialer, location, credentials, observer } = options;
  if (tls === 'implicit' || tls === 'none') return tls;
  if (!(await askForTls(control, credentials))) {
    if (tls === null) return 'none';
    throw new StorageFailure('ftp.tls_unsupported', { step: 'tls' });
  }
  const target = { ...targetOf(options), observer };
  control.continueOn(await dialer.upgradeTls(control.socket, target, { ca: location.ca_certificate }));
  return 'explicit';
}

async function authenticate(control: ControlConnection, credentials: Credentials): Promise<void> {
  try {
    let reply = await control.request(`USER ${credentials.access_key}`);
    if (reply.code === 331) reply = await control.request(`PASS ${credentials.secret_key ?? ''}`);
    if (reply.code === 332) throw new StorageFailure('ftp.account_required', { step: 'authenticate' });
  } catch (error) {
    throw refusal('login', error, credentials);
  }
}

/** What every session needs: encrypted data connections, what the server can, bytes as they are. */
async function begin(control: ControlConnection, options: LoginOptions): Promise<FtpSession> {
  const { credentials, dialer, location } = options;
  if (control.isSecure) await protectData(control, credentials);
  const features = await featuresOf(control);
  try {
    await control.request('TYPE I');
    const data = new DataConnections(control, { dialer, host: location.host ?? '', ca: location.ca_certificate });
    return new FtpSession(control, data, features);
  } catch (error) {
    throw refusal('list', error, credentials);
  }
}

/** RFC 4217 section 9. */
async function protectData(control: ControlConnection, credentials: Credentials): Promise<void> {
  try {
    await control.request('PBSZ 0');
    await control.request('PROT P');
  } catch (error) {
    throw refusal('protect', error, credentials);
  }
}

async function featuresOf(control: ControlConnection): Promise<Set<string>> {
  const reply = await control.request('FEAT').catch(unlessRefused);
  const lines = reply?.message.split('\n').slice(1, -1) ?? [];
  return new Set(lines.map((line) => line.trim().split(' ')[0]?.toUpperCase() ?? ''));
}

function refusal(action: Action, error: unknown, credentials: Credentials): unknown {
  return codeOf(error) === undefined ? error : replyFailure(action, error, credentials);
}
