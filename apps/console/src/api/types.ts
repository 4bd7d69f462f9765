import type { components } from './schema.js';

type Schemas = components['schemas'];

export type AllowedNetwork = Schemas['AllowedNetwork'];
export type AuditEntry = Schemas['AuditEntry'];
export type Backup = Schemas['Backup'];
export type Check = Schemas['Check'];
export type CreateStorageConfig = Schemas['CreateStorageConfig'];
export type HealthPoint = Schemas['HealthPoint'];
export type LeastPrivilegePolicy = Schemas['LeastPrivilegePolicy'];
export type Operation = Schemas['Operation'];
export type PolicyRequest = Schemas['PolicyRequest'];
export type Problem = Schemas['Problem'];
export type ProviderField = Schemas['ProviderField'];
export type SshKey = Schemas['SshKey'];
export type StorageConfig = Schemas['StorageConfig'];
export type StorageProvider = Schemas['StorageProvider'];
export type StorageSettings = Schemas['StorageSettings'];
export type TestResult = Schemas['TestResult'];
export type TestStorageConfig = Schemas['TestStorageConfig'];
export type UsagePoint = Schemas['UsagePoint'];
export type UpdateStorageSettings = Schemas['UpdateStorageSettings'];
export type UpdateStorageConfig = Schemas['UpdateStorageConfig'];
export type Provider = StorageConfig['provider'];
