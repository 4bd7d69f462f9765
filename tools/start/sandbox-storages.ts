import type { Provider } from '@stowage/contracts';
import type { Sandbox } from '../sandbox/start-sandbox.js';

/** What a newcomer types into the form, or sends to test-connection, for a storage of each kind in the sandbox. */
export function sandboxStorages(sandbox: Sandbox): Record<Provider, Record<string, string | number>> {
  const s3 = { bucket: sandbox.bucket, access_key: sandbox.accessKey, secret_key: sandbox.secret };
  const login = {
    host: sandbox.host,
    bucket: sandbox.directory,
    access_key: sandbox.username,
    secret_key: sandbox.secret,
  };
  return {
    aws_s3: { ...s3, region: 'us-east-1' },
    cloudflare_r2: { ...s3, account_id: '0123456789abcdef0123456789abcdef' },
    backblaze_b2: { ...s3, region: 'us-west-004' },
    minio: { ...s3, endpoint_url: sandbox.s3Endpoint },
    sftp: { ...login, port: sandbox.sftpPort },
    ftp: { ...login, port: sandbox.ftpPort },
  };
}

/** STORAGE_DEV_ENDPOINTS: the vendors whose address is not typed in are found in the sandbox too. */
export const sandboxEndpoints = ({ s3Endpoint }: Sandbox): Partial<Record<Provider, string>> => ({
  aws_s3: s3Endpoint,
  cloudflare_r2: s3Endpoint,
  backblaze_b2: s3Endpoint,
});
