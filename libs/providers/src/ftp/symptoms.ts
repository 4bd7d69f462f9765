import type { FTPError } from 'basic-ftp';
import type { CheckName, Credentials } from '@stowage/contracts';
import type { DiagnosisCode } from '../diagnosis/catalogue.js';
import { evidenceOf } from '../diagnosis/evidence.js';
import { type FailureDetail, StorageFailure } from '../failure.js';

/** What we asked for when the server refused. */
export type Action = 'secure' | 'protect' | 'login' | 'write' | 'read' | 'delete' | 'list';

const DENIED = {
  write: 'permission.write_denied',
  read: 'permission.read_denied',
  delete: 'permission.delete_denied',
  list: 'permission.list_denied',
} as const;

const STEPS: Partial<Record<Action, CheckName>> = { secure: 'tls', protect: 'tls', login: 'authenticate' };

/** RFC 959 gives one code to several causes; servers tell them apart by words alone. */
const WORDS = {
  tlsWanted: /\b(tls|ssl|encrypt|cleartext|clear text|secure connection)/i,
  anonymousOnly: /anonymous only/i,
  tooMany: /too many|maximum|max(imum)? (number of )?(clients|connections|users)|connection limit/i,
  denied: /denied|not permitted|not allowed|forbidden|read-only/i,
  missing: /no such|not found|not exist|cannot find|can't find/i,
  quota: /quota/i,
  full: /no space|disk (is )?full|file system is full/i,
};

/** RFC 959 section 4.2.1: the command is not known, or not in this form. */
const UNKNOWN_COMMAND = [500, 501, 502, 503, 504];
/** The file or directory is not as it would have to be: missing, denied, of another kind. */
const FILE_UNAVAILABLE = [450, 550, 553];

export const codeOf = (error: unknown): number | undefined => {
  const code = (error as FTPError | undefined)?.code;
  return typeof code === 'number' ? code : undefined;
};

/** Null for what a server need not be able to do. */
export function unlessRefused(error: unknown): null {
  if (codeOf(error) === undefined) throw error;
  return null;
}

export const isUnknownCommand = (error: unknown): boolean => UNKNOWN_COMMAND.includes(codeOf(error) ?? 0);

export const isUnavailable = (error: unknown): error is FTPError => FILE_UNAVAILABLE.includes(codeOf(error) ?? 0);

/** Nothing of the name that may be seen. Many servers only say that it failed, which is taken for the same. */
export const saysMissing = (error: unknown): boolean => isUnavailable(error) && !WORDS.denied.test(error.message);

/** What a reply of 400 or more means for what was asked. What is none was no answer of the server. */
export function replyFailure(action: Action, error: unknown, credentials?: Credentials): StorageFailure {
  if (error instanceof StorageFailure) return error;
  if (codeOf(error) === undefined) return new StorageFailure('operation.failed', { cause: error });
  const reply = error as FTPError;
  const detail: FailureDetail = {
    step: STEPS[action],
    values: isUnknownCommand(reply) ? { command: 'the command named in the evidence' } : undefined,
    evidence: evidenceOf(reply.message, credentials),
    cause: error,
  };
  const code = diagnosisOf(action, reply);
  return new StorageFailure(code, code === 'ftp.tls_required' ? { ...detail, suggested: { tls: 'explicit' } } : detail);
}

function diagnosisOf(action: Action, reply: FTPError): DiagnosisCode {
  if (reply.code === 421) return causeOfHangUp(reply);
  if (action === 'secure') return 'ftp.tls_unsupported';
  if (action === 'protect') return 'ftp.data_unprotected';
  if (action === 'login') return causeOfRefusedLogin(reply);
  return causeOfRefusedAction(action, reply);
}

function causeOfHangUp({ message }: FTPError): DiagnosisCode {
  if (WORDS.tlsWanted.test(message)) return 'ftp.tls_required';
  return WORDS.tooMany.test(message) ? 'quota.connections' : 'ftp.unavailable';
}

/** vsftpd refuses clear text with 530, ProFTPD with 550; both say 530 to too many clients. */
function causeOfRefusedLogin({ code, message }: FTPError): DiagnosisCode {
  if (code === 332 || code === 532) return 'ftp.account_required';
  if (WORDS.anonymousOnly.test(message)) return 'ftp.anonymous_only';
  if (WORDS.tlsWanted.test(message) || code === 534) return 'ftp.tls_required';
  if (WORDS.tooMany.test(message)) return 'quota.connections';
  return code === 530 || code === 430 ? 'ftp.authentication_failed' : 'ftp.unrecognised';
}

function causeOfRefusedAction(action: keyof typeof DENIED, reply: FTPError): DiagnosisCode {
  const { code, message } = reply;
  if (isUnknownCommand(reply)) return 'ftp.command_unsupported';
  if (WORDS.quota.test(message)) return 'quota.exceeded';
  if (code === 452 || WORDS.full.test(message)) return 'quota.storage_full';
  if (code === 552) return 'quota.exceeded';
  if (code === 522 || (code === 425 && WORDS.denied.test(message))) return 'ftp.tls_session';
  if (code === 425) return 'ftp.passive_blocked';
  if (code === 426) return 'ftp.transfer_aborted';
  // ProFTPD, vsftpd and Pure-FTPd all say so when a write fails on the disk.
  if (code === 451 && action === 'write') return 'quota.storage_full';
  if (code === 532) return 'ftp.account_required';
  if (isUnavailable(reply)) return WORDS.missing.test(message) ? 'object.not_found' : DENIED[action];
  return 'ftp.unrecognised';
}
