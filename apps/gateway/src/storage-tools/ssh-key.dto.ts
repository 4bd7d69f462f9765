import { Describe } from '@stowage/contracts';
import { IsString } from 'class-validator';

/** A fresh key pair for SFTP. Its private half can be read by nobody but the worker. */
export class SshKey {
  @Describe('The public half, as a `.pub` file holds it.', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI… stowage-2026-01-11')
  @IsString()
  public_key!: string;

  @Describe(
    'The line for `authorized_keys` on the server: file transfer only. Servers other than OpenSSH may want `public_key` alone.',
    'restrict,command="internal-sftp" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI… stowage-2026-01-11',
  )
  @IsString()
  authorized_keys!: string;

  @Describe(
    'The private half, sealed: send it back as `private_key_sealed` in tests, POST and PATCH of storages of this organization. It is kept nowhere; lost, make another key.',
  )
  @IsString()
  private_key_sealed!: string;
}
