import { type Credentials, type Provider } from '@stowage/contracts';
import { Secret } from '@stowage/encryption';

const HINT_LENGTH = 4;
const SHORTEST_HINTED = 12;

/** The last four characters of an S3 access key, long enough that they give nothing away; user names have no hint. */
export function accessKeyHint(provider: Provider, accessKey: string): string | null {
  const isS3 = provider !== 'sftp' && provider !== 'ftp';
  return isS3 && accessKey.length >= SHORTEST_HINTED ? accessKey.slice(-HINT_LENGTH) : null;
}

/** A new private key comes with its own passphrase or none: the old one's must not stay. */
export function mergeCredentials(stored: Secret<Credentials>, given: Partial<Credentials>): Secret<Credentials> {
  const { passphrase, ...others } = stored.reveal();
  const kept = given.private_key === undefined && passphrase !== undefined ? { ...others, passphrase } : others;
  return new Secret({ ...kept, ...given });
}

/** Whether they log in without anything of the stored ones. */
export function isWhole(given: Partial<Credentials>): given is Credentials {
  return given.access_key !== undefined && (given.secret_key !== undefined || given.private_key !== undefined);
}
