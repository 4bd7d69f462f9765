import type { StorageClass } from '@stowage/contracts';
import type { StorageConfigEntity } from '@stowage/entities';
import type { CheckedFields } from '@stowage/providers';

export type StoredFields = Pick<
  StorageConfigEntity,
  | 'bucket'
  | 'region'
  | 'endpointUrl'
  | 'accountId'
  | 'jurisdiction'
  | 'host'
  | 'port'
  | 'tls'
  | 'hostKeySha256'
  | 'caCertificate'
  | 'pathPrefix'
  | 'storageClass'
>;

export function toStoredFields(fields: CheckedFields): StoredFields {
  return {
    bucket: fields.bucket,
    region: fields.region,
    endpointUrl: fields.endpoint_url,
    accountId: fields.account_id,
    jurisdiction: fields.jurisdiction,
    host: fields.host,
    port: fields.port,
    tls: fields.tls,
    hostKeySha256: fields.host_key_sha256,
    caCertificate: fields.ca_certificate,
    pathPrefix: fields.path_prefix,
    storageClass: fields.storage_class as StorageClass | null,
  };
}

export function toCheckedFields(stored: StoredFields): CheckedFields {
  return {
    bucket: stored.bucket,
    region: stored.region,
    endpoint_url: stored.endpointUrl,
    account_id: stored.accountId,
    jurisdiction: stored.jurisdiction,
    host: stored.host,
    port: stored.port,
    tls: stored.tls,
    host_key_sha256: stored.hostKeySha256,
    ca_certificate: stored.caCertificate,
    path_prefix: stored.pathPrefix,
    storage_class: stored.storageClass,
  };
}
