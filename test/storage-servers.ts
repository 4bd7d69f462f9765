import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { Provider } from '@stowage/contracts';
import { type Radosgw, type Sshd, startRadosgw, startSshd, startVsftpd, type Vsftpd } from '../tools/servers/index.js';

/** One storage of each kind on real servers, as the REST body that a person would send. */
export interface StorageServers {
  radosgw: Radosgw;
  sshd: Sshd;
  vsftpd: Vsftpd;
  /** For STORAGE_DEV_ENDPOINTS: the vendors' kinds, pointed at the local S3 server. */
  devEndpoints: Partial<Record<Provider, string>>;
  bodies: Record<Provider, Record<string, unknown>>;
  stop(): Promise<void>;
}

const BUCKETS = {
  aws_s3: 'backups-aws',
  cloudflare_r2: 'backups-r2',
  backblaze_b2: 'backups-b2',
  minio: 'backups-minio',
};

export async function startStorageServers(): Promise<StorageServers> {
  const [radosgw, sshd, vsftpd] = await Promise.all([startRadosgw(), startSshd(), startVsftpd()]);
  await createBuckets(radosgw);
  const s3 = { ...radosgw.users.full, path_prefix: 'environments/' };
  const { access_key, secret_key } = sshd.users.rw;
  return {
    radosgw,
    sshd,
    vsftpd,
    devEndpoints: {
      aws_s3: radosgw.endpoint,
      cloudflare_r2: radosgw.endpoint,
      backblaze_b2: radosgw.endpoint,
    },
    bodies: {
      aws_s3: { ...s3, provider: 'aws_s3', bucket: BUCKETS.aws_s3, region: 'eu-west-1' },
      cloudflare_r2: {
        ...s3,
        provider: 'cloudflare_r2',
        bucket: BUCKETS.cloudflare_r2,
        account_id: 'a1b2c3d4'.repeat(4),
      },
      backblaze_b2: { ...s3, provider: 'backblaze_b2', bucket: BUCKETS.backblaze_b2, region: 'us-west-004' },
      minio: { ...s3, provider: 'minio', bucket: BUCKETS.minio, endpoint_url: radosgw.endpoint },
      sftp: {
        provider: 'sftp',
        host: sshd.host,
        port: sshd.port,
        access_key,
        secret_key,
        bucket: 'data',
        path_prefix: 'environments/',
      },
      ftp: {
        provider: 'ftp',
        host: vsftpd.host,
        port: vsftpd.explicitTlsPort,
        ca_certificate: vsftpd.certificate,
        ...vsftpd.users.rw,
        path_prefix: 'environments/',
      },
    },
    stop: async () => {
      await Promise.all([radosgw.stop(), sshd.stop(), vsftpd.stop()]);
    },
  };
}

async function createBuckets({ endpoint, users }: Radosgw): Promise<void> {
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: users.full.access_key, secretAccessKey: users.full.secret_key },
  });
  for (const Bucket of Object.values(BUCKETS)) await client.send(new CreateBucketCommand({ Bucket }));
  client.destroy();
}
