import type { Provider } from '@stowage/contracts';
import type { CheckedFields } from '@stowage/providers';

/** A host that a user named. */
export interface TestTarget {
  host: string;
  port: number;
}

/** Where a test leads; null for AWS, R2 and B2, which are the vendor's own hosts whatever the fields say. */
export function targetOf(
  provider: Provider,
  { endpoint_url, host, port }: Pick<CheckedFields, 'endpoint_url' | 'host' | 'port'>,
): TestTarget | null {
  if (provider === 'sftp' || provider === 'ftp') return host === null || port === null ? null : { host, port };
  if (provider !== 'minio' || endpoint_url === null) return null;
  const { hostname, port: written, protocol } = new URL(endpoint_url);
  return { host: hostname, port: Number(written) || (protocol === 'https:' ? 443 : 80) };
}
