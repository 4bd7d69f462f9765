import type { Credentials } from '@stowage/contracts';
import { evidenceOf } from '../diagnosis/evidence.js';
import type { DiagnosisCode } from '../diagnosis/catalogue.js';
import { StorageFailure } from '../failure.js';
import type { Greeting } from './greeting.js';

/** The fields that ssh2 adds to its errors. `code`: of the operating system, of SSH_MSG_DISCONNECT, or of SFTP. */
interface Ssh2Error extends Error {
  level?: string;
  code?: string | number;
}

/** RFC 4250 section 4.2.2. */
const DISCONNECT_TOO_MANY_CONNECTIONS = 12;

/** SFTP status codes: draft-ietf-secsh-filexfer-02 section 7; from 9 on, -13 section 9.1 (ProFTPD sends some of them). */
export const STATUS = {
  endOfFile: 1,
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  noSuchPath: 10,
  alreadyExists: 11,
  writeProtected: 12,
  noSpace: 14,
  quotaExceeded: 15,
} as const;

/** What a session was doing when the server refused. */
export type Action = 'write' | 'read' | 'delete' | 'list';

const DENIED: Record<Action, DiagnosisCode> = {
  write: 'permission.write_denied',
  read: 'permission.read_denied',
  delete: 'permission.delete_denied',
  list: 'permission.list_denied',
};

export const statusOf = (error: unknown): number | undefined => {
  const code = (error as Ssh2Error | undefined)?.code;
  return typeof code === 'number' ? code : undefined;
};

export const isMissing = (error: unknown): boolean =>
  [STATUS.noSuchFile, STATUS.noSuchPath].some((status) => status === statusOf(error));

/** Why there is no SSH session. The server's words are kept only where `proven`, that is after the key exchange. */
export function handshakeFailure(
  error: Ssh2Error,
  { greeting, proven, credentials }: { greeting: Greeting; proven: boolean; credentials?: Credentials },
): StorageFailure {
  const because = (code: DiagnosisCode, values?: Record<string, string>) =>
    new StorageFailure(code, { step: 'authenticate', values, cause: error });
  const ending = because(endingOf(error));
  const notSsh = greeting.whyNotSsh(ending);
  if (notSsh) return notSsh;
  if (error.code === DISCONNECT_TOO_MANY_CONNECTIONS) return because('quota.connections');
  if (error.level === 'handshake') return handshakeRefusal(error, because);
  if (error.level === undefined && error.code !== undefined && proven) {
    const evidence = evidenceOf(`SSH_MSG_DISCONNECT ${error.code}: ${error.message}`, credentials);
    return new StorageFailure('ssh.unrecognised', { step: 'authenticate', evidence, cause: error });
  }
  return ending;
}

function endingOf(error: Ssh2Error): DiagnosisCode {
  if (error.level === 'client-timeout') return 'network.no_response';
  return error.level === 'client-socket' ? 'network.reset' : 'network.dropped';
}

/** ssh2 has no codes for what follows: the words are those of the pinned version, held fast by a test. */
function handshakeRefusal(
  error: Ssh2Error,
  because: (code: DiagnosisCode, values?: Record<string, string>) => StorageFailure,
): StorageFailure {
  const kind = /no matching (.+)$/.exec(error.message)?.[1];
  if (kind === undefined) return because('ssh.unrecognised');
  return because('ssh.algorithms', { kind: `it offers none for: ${kind}` });
}

interface Subsystem {
  /** The connection ended with it. */
  lost: boolean;
  credentials: Credentials;
  banner: string;
}

/** sshd lets a user with an expired password in, to change it on a terminal and to do nothing else. */
const MUST_CHANGE_PASSWORD =
  /\b(must|required to|need to|have to) change your password\b|\bpassword (has|is) expired\b/i;

/** Why a login gives no SFTP session. */
export function subsystemFailure(error: Ssh2Error, { lost, credentials, banner }: Subsystem): StorageFailure {
  const evidence = evidenceOf(error.message, credentials);
  const because = (code: DiagnosisCode) => new StorageFailure(code, { step: 'authenticate', evidence, cause: error });
  if (MUST_CHANGE_PASSWORD.test(banner)) return because('ssh.password_expired');
  if (error.level === 'sftp-protocol') return because('ssh.garbled_session');
  // sshd ends so when the folder that it should lock the user into is missing or has the wrong owner.
  return because(lost || error.code === 255 ? 'ssh.chroot' : 'ssh.no_sftp');
}

/** What an SFTP status means for the action. What is none was no answer of the server. */
export function operationFailure(action: Action, error: unknown, credentials: Credentials): StorageFailure {
  if (error instanceof StorageFailure) return error;
  const status = statusOf(error);
  if (status === undefined) return new StorageFailure('operation.failed', { cause: error });
  const words = error instanceof Error ? error.message : '';
  return new StorageFailure(codeOf(action, status), {
    evidence: evidenceOf(`SFTP status ${status}: ${words}`, credentials),
    cause: error,
  });
}

function codeOf(action: Action, status: number): DiagnosisCode {
  switch (status) {
    case STATUS.noSuchFile:
    case STATUS.noSuchPath:
      return 'object.not_found';
    case STATUS.permissionDenied:
    case STATUS.writeProtected:
      return DENIED[action];
    case STATUS.noSpace:
      return 'quota.storage_full';
    case STATUS.quotaExceeded:
      return 'quota.exceeded';
    default:
      return 'ssh.unrecognised';
  }
}
