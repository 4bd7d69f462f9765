import type { StorageLocation } from '@stowage/contracts';
import type { FailedStep } from './failed-step.js';
import { reproduceFtp } from './ftp.js';
import { reproduceS3 } from './s3.js';
import type { ShellText } from './shell.js';
import { reproduceSftp } from './sftp.js';

/**
 * A line for a POSIX shell that shows a person the same failure, made with the usual programs of the protocol. No secret
 * and no name of an account is in it, and nothing but what the configuration says, so that it tells no more than its owner
 * knew: variables of the shell stand where a secret is wanted. Null where nothing was asked of the storage.
 */
export function reproduce(failed: FailedStep): string | null {
  const wasDialled = !/^(target|config|operation)\./.test(failed.code);
  if (!wasDialled || !isPlain(failed.location)) return null;
  return commandOf(failed).text;
}

function commandOf(failed: FailedStep): ShellText {
  const { provider } = failed.location;
  if (provider === 'sftp') return reproduceSftp(failed);
  return provider === 'ftp' ? reproduceFtp(failed) : reproduceS3(failed);
}

/** A line break would begin another command in the programs that read commands. Configurations have none. */
function isPlain({ host, bucket, path_prefix, endpoint_url, region }: StorageLocation): boolean {
  return [host, bucket, path_prefix, endpoint_url, region].every((value) => !/\p{Cc}/u.test(value ?? ''));
}
