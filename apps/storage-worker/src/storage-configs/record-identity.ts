import type { Destination, RecordIdentity } from '@stowage/encryption';
import type { StorageConfigEntity } from '@stowage/entities';

type Addressed = Pick<
  StorageConfigEntity,
  'id' | 'organizationId' | 'provider' | 'endpointUrl' | 'host' | 'port' | 'tls'
>;

/** What sealed credentials are bound to: a row whose address is changed behind our back does not open any more. */
export function recordIdentity(config: Addressed): RecordIdentity {
  return { rowId: config.id, organizationId: config.organizationId, destination: destinationOf(config) };
}

function destinationOf({ provider, endpointUrl, host, port, tls }: Addressed): Destination {
  if (provider === 'sftp') return { provider, scheme: 'sftp', host, port };
  if (provider === 'ftp') return { provider, scheme: `ftp+${tls ?? 'none'}`, host, port };
  if (endpointUrl === null) return { provider, scheme: null, host: null, port: null };
  // Nothing was ever sealed for what is no URL, so that such a row does not open: the same refusal as for any other address.
  if (!URL.canParse(endpointUrl)) return { provider, scheme: null, host: endpointUrl, port: null };
  const endpoint = new URL(endpointUrl);
  const scheme = endpoint.protocol.slice(0, -1);
  const usualPort = scheme === 'https' ? 443 : 80;
  return { provider, scheme, host: endpoint.hostname, port: Number(endpoint.port) || usualPort };
}
