/** The door through which a storage is opened: loads a provider's SDK when one of its storages is. Not for the gateway. */
export { createDialer } from './dialer/create-dialer.js';
export type { Dialer } from './dialer/dialer.js';
export type { DialerIdentity, EgressAllowance, EgressPolicy } from './dialer/policy.js';
export type { DiagnosisCode } from './diagnosis/catalogue.js';
export { diagnose, type DiagnosedFailure } from './diagnosis/diagnose.js';
export { fetchHostKey, type HostKey, type SshServer } from './fetch-host-key.js';
export { findFtpTlsMode, type FtpServer } from './find-ftp-tls-mode.js';
export { StorageFailure } from './failure.js';
export { removeObjects, sizeOfObjects } from './recorded-objects.js';
export { openStorage, type OpenStorageOptions } from './open-storage.js';
export { Storage, type PutCallOptions, type StoredObject } from './storage.js';
export type { TestStorageOptions } from './test-options.js';
export { testStorage } from './test-storage.js';
export { measureUsage, type Usage } from './usage.js';
