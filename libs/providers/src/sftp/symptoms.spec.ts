import type { Greeting } from './greeting.js';
import { type Action, handshakeFailure, operationFailure, subsystemFailure } from './symptoms.js';

const CREDENTIALS = { access_key: 'user-canary', secret_key: 'password-canary' };
const speaksSsh = { whyNotSsh: () => null } as unknown as Greeting;
const error = (message: string, fields: object = {}) => Object.assign(new Error(message), fields);

describe('operationFailure', () => {
  it.each<[Action, number, string]>([
    ['write', 3, 'permission.write_denied'],
    ['read', 3, 'permission.read_denied'],
    ['delete', 3, 'permission.delete_denied'],
    ['list', 3, 'permission.list_denied'],
    ['write', 12, 'permission.write_denied'],
    ['read', 2, 'object.not_found'],
    ['read', 10, 'object.not_found'],
    ['write', 14, 'quota.storage_full'],
    ['write', 15, 'quota.exceeded'],
    ['write', 4, 'ssh.unrecognised'],
    ['read', 4711, 'ssh.unrecognised'],
  ])('reads a %s that ends with the status %i as %s', (action, code, expected) => {
    expect(operationFailure(action, error('x', { code }), CREDENTIALS).code).toBe(expected);
  });

  it('keeps secrets out of the words of the server', () => {
    const { detail } = operationFailure('write', error('no password-canary here', { code: 4 }), CREDENTIALS);
    expect(detail.evidence).toBe('SFTP status 4: no [secret] here');
  });

  it('does not put the blame on the server for what it never said', () => {
    const { code, detail } = operationFailure('write', error('the dump failed'), CREDENTIALS);
    expect(code).toBe('operation.failed');
    expect(detail.evidence).toBeUndefined();
  });
});

describe('handshakeFailure', () => {
  const failure = (fields: object, proven: boolean) =>
    handshakeFailure(error('words with password-canary', fields), {
      greeting: speaksSsh,
      proven,
      credentials: CREDENTIALS,
    });

  it('tells a server that has too many connections', () => {
    expect(failure({ code: 12 }, false).code).toBe('quota.connections');
  });

  it('gives the farewell of a server as evidence once it has proven itself', () => {
    expect(failure({ code: 2 }, true)).toMatchObject({
      code: 'ssh.unrecognised',
      detail: { evidence: 'SSH_MSG_DISCONNECT 2: words with [secret]' },
    });
  });

  it('gives no word of a server that has not', () => {
    const { code, detail } = failure({ code: 2 }, false);
    expect(code).toBe('network.dropped');
    expect(detail.evidence).toBeUndefined();
  });
});

describe('subsystemFailure', () => {
  it('is told from what sshd says to whom it lets in only to change the password', () => {
    const banner = 'You are required to change your password immediately (administrator enforced).\n';
    const told = { lost: false, credentials: CREDENTIALS, banner };
    expect(subsystemFailure(error('x', { code: 1 }), told).code).toBe('ssh.password_expired');
  });

  it.each([
    ['a connection that ends with it', {}, true, 'ssh.chroot'],
    ['exit code 255', { code: 255 }, false, 'ssh.chroot'],
    ['exit code 127', { code: 127 }, false, 'ssh.no_sftp'],
    ['a refusal', {}, false, 'ssh.no_sftp'],
    ['text instead of packets', { level: 'sftp-protocol' }, false, 'ssh.garbled_session'],
  ])('reads %s', (_what, fields, lost, code) => {
    const told = { lost, credentials: CREDENTIALS, banner: 'Welcome. Change your password each year.' };
    expect(subsystemFailure(error('x', fields), told).code).toBe(code);
  });
});
