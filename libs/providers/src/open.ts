/** The door through which a storage is opened: loads a provider's SDK when one of its storages is. Not for the gateway. */
export { createDialer } from './dialer/create-dialer.js';
export { StorageFailure } from './failure.js';
export { diagnose, type DiagnosedFailure } from './diagnosis/diagnose.js';
