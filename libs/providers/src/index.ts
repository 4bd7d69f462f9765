/** The front door: fields, rules and words. No SDK is reachable through it. */
export * from './fields.js';
export { checkFields, type CheckedInput, type CheckFieldsOptions, type FieldInput } from './check-fields.js';
export { deadlineAfter } from './deadline.js';
export { DESCRIPTIONS } from './descriptions.js';
export { DIAGNOSES, type Diagnosis, type DiagnosisCode } from './diagnosis/catalogue.js';
export { diagnose, type DiagnosedFailure } from './diagnosis/diagnose.js';
export { parseEgressAllow, parseEgressDeny, parseNameServers } from './dialer/egress-settings.js';
export { type DialerIdentity, type EgressAllowance, type EgressPolicy, problemsOfAllowance } from './dialer/policy.js';
export type * from './driver.js';
export { StorageFailure } from './failure.js';
export { type CheckedFields, NO_FIELDS } from './field-check.js';
export { policyFor } from './policy/policy-for.js';
export type { OptionalPermission, PolicyDocument, StoragePolicy } from './policy/storage-policy.js';
export { authorizedKeysLine } from './sftp/authorized-keys.js';
export { generateSshKeyPair } from './sftp/generate-key-pair.js';
export type { Usage } from './usage.js';
export { resolveLocation, type ResolveOptions, type StoredStorage } from './resolve-location.js';
