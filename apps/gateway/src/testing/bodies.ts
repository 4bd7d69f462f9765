/** The documented body of a create. The canaries must be found nowhere but in it. */
export const R2_BODY = {
  name: 'Production Backups',
  provider: 'cloudflare_r2',
  bucket: 'oecsh-backups',
  account_id: 'a1b2c3d4e5f60718293a4b5c6d7e8f90',
  access_key: 'AKIACANARYCANARY1234',
  secret_key: 'canary-secret-canary-secret-canary',
  path_prefix: 'backups/',
  is_default: true,
};

export const TEST_RESULT = {
  success: true,
  message: 'Connection successful',
  bucket_exists: true,
  can_write: true,
  can_read: true,
  can_delete: true,
  latency_ms: 145,
  code: null,
  hint: null,
  suggested_config: null,
  reproduce: null,
  checks: [{ name: 'authenticate', status: 'ok', duration_ms: 38, message: null }],
  warnings: [],
  evidence: null,
  host_key_sha256: null,
};
