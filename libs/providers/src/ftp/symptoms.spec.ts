import { FTPError } from 'basic-ftp';
import { StorageFailure } from '../failure.js';
import { type Action, replyFailure } from './symptoms.js';

const credentials = { access_key: 'carol', secret_key: 'p4ssw0rd' };
const failureOf = (action: Action, message: string) =>
  replyFailure(action, new FTPError({ code: Number(message.slice(0, 3)), message }), credentials);

describe('replyFailure', () => {
  it.each<[Action, string, string]>([
    ['login', '530 Login incorrect.', 'ftp.authentication_failed'],
    ['login', '430 Invalid username or password', 'ftp.authentication_failed'],
    ['login', '530 This FTP server is anonymous only.', 'ftp.anonymous_only'],
    ['login', '530 Sorry, the maximum number of clients (1) for this user are already connected.', 'quota.connections'],
    ['login', '421 There are too many connections from your internet address.', 'quota.connections'],
    ['login', '421 Service not available, closing control connection', 'ftp.unavailable'],
    ['login', '530 Non-anonymous sessions must use encryption.', 'ftp.tls_required'],
    ['login', '550 SSL/TLS required on the control channel', 'ftp.tls_required'],
    ['login', '421 Sorry, cleartext sessions and weak ciphers are not accepted on this server.', 'ftp.tls_required'],
    ['login', '532 Need account for storing files', 'ftp.account_required'],
    ['login', '550 something else', 'ftp.unrecognised'],
    ['secure', '502 Command not implemented', 'ftp.tls_unsupported'],
    ['secure', '530 Please login with USER and PASS.', 'ftp.tls_unsupported'],
    ['protect', '536 Requested PROT level not supported', 'ftp.data_unprotected'],
    ['write', '550 Permission denied.', 'permission.write_denied'],
    ['write', '553 Could not create file.', 'permission.write_denied'],
    ['write', '552 Exceeded storage allocation', 'quota.exceeded'],
    ['write', '452 Transfer aborted. Disk quota exceeded', 'quota.exceeded'],
    ['write', '452 Transfer aborted. No space left on device', 'quota.storage_full'],
    ['write', '451 Failure writing to local file.', 'quota.storage_full'],
    ['write', '426 Failure reading network stream.', 'ftp.transfer_aborted'],
    ['write', '425 Unable to build data connection: Operation not permitted', 'ftp.tls_session'],
    ['write', '522 SSL connection failed; session reuse required', 'ftp.tls_session'],
    ['write', '425 Failed to establish connection.', 'ftp.passive_blocked'],
    ['write', '502 Command not implemented', 'ftp.command_unsupported'],
    ['read', '550 Failed to open file.', 'permission.read_denied'],
    ['read', '550 x: No such file or directory', 'object.not_found'],
    ['read', '451 Local error in processing', 'ftp.unrecognised'],
    ['delete', '550 x: Operation not permitted', 'permission.delete_denied'],
    ['list', '550 private: Permission denied', 'permission.list_denied'],
  ])('while it was to %s, takes "%s" for %s', (action, message, code) => {
    expect(failureOf(action, message)).toMatchObject({ code });
  });

  it('keeps the words of the server, without the secrets that it sends back', () => {
    expect(failureOf('write', '550 carol: no\nwith p4ssw0rd').detail.evidence).toBe('550 [secret]: no with [secret]');
  });

  it('suggests explicit TLS to a server that lets nobody in without', () => {
    expect(failureOf('login', '530 must use encryption').detail.suggested).toEqual({ tls: 'explicit' });
  });

  it('leaves a failure of its own as it is, and takes no other error for an answer of the server', () => {
    const failure = new StorageFailure('network.dropped');
    expect(replyFailure('write', failure, credentials)).toBe(failure);
    expect(replyFailure('write', new Error('550 no reply'), credentials)).toMatchObject({ code: 'operation.failed' });
  });
});
