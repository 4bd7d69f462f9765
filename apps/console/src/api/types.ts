import type { components } from './schema.js';

type Schemas = components['schemas'];

export type Backup = Schemas['Backup'];
export type Check = Schemas['Check'];
export type CreateStorageConfig = Schemas['CreateStorageConfig'];
export type Operation = Schemas['Operation'];
export type Problem = Schemas['Problem'];
export type ProviderField = Schemas['ProviderField'];
export type StorageConfig = Schemas['StorageConfig'];
export type StorageProvider = Schemas['StorageProvider'];
export type StorageSettings = Schemas['StorageSettings'];
export type TestResult = Schemas['TestResult'];
export type TestStorageConfig = Schemas['TestStorageConfig'];
export type UpdateStorageConfig = Schemas['UpdateStorageConfig'];
export type Provider = StorageConfig['provider'];
