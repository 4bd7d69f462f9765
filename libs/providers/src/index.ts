/** The front door: fields, rules and words. No SDK is reachable through it. */
export * from './fields.js';
export { DIAGNOSES, type Diagnosis, type DiagnosisCode } from './diagnosis/catalogue.js';
export { StorageFailure } from './failure.js';
export type * from './driver.js';
export { parseEgressAllow, parseEgressDeny } from './dialer/egress-settings.js';
export { type DialerIdentity, type EgressAllowance, type EgressPolicy, problemsOfAllowance } from './dialer/policy.js';
