export * from './fields.js';
export { DIAGNOSES, type Diagnosis, type DiagnosisCode } from './diagnosis/catalogue.js';
export { StorageFailure } from './failure.js';
