import {
  type CreateStorageCommand,
  Operation,
  OperationReply,
  StorageLocation,
  StorageReply,
} from '@stowage/contracts';
import { exampleOf } from './component-schemas.js';

/** Examples that the fields alone cannot make: which of them go together depends on the provider. */

export const CREATE_EXAMPLE: CreateStorageCommand = {
  organization_id: '2f1d6f3e-8f5b-4b1e-9c53-0d8f0a7b6c5d',
  idempotency_key: 'onboarding-4711',
  name: 'Production Backups',
  provider: 'cloudflare_r2',
  bucket: 'oecsh-backups',
  account_id: 'a1b2c3d4e5f60718293a4b5c6d7e8f90',
  path_prefix: 'backups/',
  is_default: true,
  credentials: 'eyJhbGciOiJFQ0RILUVTIiwiZW5jIjoiQTI1NkdDTSJ9..c2VhbGVk.c2VhbGVk.c2VhbGVk',
};

export const STORAGE_EXAMPLE = { ...exampleOf(StorageReply), storage: exampleOf(StorageLocation) };

export const OPERATION_EXAMPLE = {
  ...exampleOf(OperationReply),
  credential_kind: null,
  operation: { ...exampleOf(Operation), status: 'succeeded' },
};
