import ssh2 from 'ssh2';
import { authorizedKeysLine } from './authorized-keys.js';
import { generateSshKeyPair } from './generate-key-pair.js';
import { openPrivateKey } from './open-private-key.js';

describe('a generated key pair', () => {
  const { publicKey, privateKey } = generateSshKeyPair('stowage-2026-01-11');

  it('has a public half in the form of a .pub file, with the comment', () => {
    expect(publicKey).toMatch(/^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[A-Za-z0-9+/]{43} stowage-2026-01-11$/);
  });

  it('has a private half that the driver opens without a passphrase, and that belongs to the public one', () => {
    const opened = openPrivateKey(privateKey, undefined);
    expect(opened).toMatchObject({ type: 'ssh-ed25519', comment: 'stowage-2026-01-11' });
    const published = ssh2.utils.parseKey(publicKey) as ssh2.ParsedKey;
    expect(opened.getPublicSSH()).toEqual(published.getPublicSSH());
    const signature = opened.sign(Buffer.from('proof'));
    expect(published.verify(Buffer.from('proof'), signature)).toBe(true);
  });

  it('is another one each time', () => {
    expect(generateSshKeyPair('x').publicKey).not.toBe(generateSshKeyPair('x').publicKey);
  });
});

describe('a line of authorized_keys', () => {
  it('allows file transfer only', () => {
    expect(authorizedKeysLine('ssh-ed25519 AAAA me')).toBe('restrict,command="internal-sftp" ssh-ed25519 AAAA me');
  });

  it('allows only the addresses given', () => {
    expect(authorizedKeysLine('ssh-ed25519 AAAA me', ['203.0.113.7', '2001:db8::7'])).toBe(
      'from="203.0.113.7,2001:db8::7",restrict,command="internal-sftp" ssh-ed25519 AAAA me',
    );
  });
});
