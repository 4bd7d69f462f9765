import type { FieldDescription, ProviderDescription } from '../fields.js';

const SECRETS = ['access_key', 'secret_key'] as const;

const BUCKET: FieldDescription = {
  name: 'bucket',
  label: 'Bucket Name',
  help: 'The bucket as the provider shows it: its name alone, without path or address. It must exist already.',
  kind: 'text',
  required: true,
  secret: false,
  placeholder: 'oecsh-backups',
};

const ACCESS_KEY: FieldDescription = {
  name: 'access_key',
  label: 'Access Key',
  help: 'The access key ID of a key made for backups alone.',
  kind: 'secret',
  required: true,
  secret: true,
};

const SECRET_KEY: FieldDescription = {
  name: 'secret_key',
  label: 'Secret Key',
  help: 'The secret that was shown once when the key was made.',
  kind: 'secret',
  required: true,
  secret: true,
};

const PATH_PREFIX: FieldDescription = {
  name: 'path_prefix',
  label: 'Path Prefix',
  help: 'Folder inside the bucket that everything is put under, e.g. backups/.',
  kind: 'text',
  required: false,
  secret: false,
  placeholder: 'backups/',
};

export const AWS_S3: ProviderDescription = {
  provider: 'aws_s3',
  label: 'AWS S3',
  recommended: false,
  facts: {
    best_for: 'Enterprise',
    cost: '$0.023/GB/mo',
    egress_fees: '$0.09/GB',
    setup_complexity: 'Easy',
    notes: 'Industry standard, multi-region',
    features: {
      s3_compatible_api: 'Yes',
      encryption_at_rest: 'Yes',
      versioning: 'Yes',
      lifecycle_policies: 'Yes',
      multi_region: 'Manual',
      zero_egress: 'No',
      compliance_gdpr: 'Yes',
    },
  },
  secret_fields: SECRETS,
  fields: [
    BUCKET,
    {
      name: 'region',
      label: 'Region',
      help: 'The region of the bucket, as the S3 console shows it.',
      kind: 'text',
      required: false,
      secret: false,
      placeholder: 'eu-west-1',
      default: 'us-east-1',
    },
    ACCESS_KEY,
    SECRET_KEY,
    PATH_PREFIX,
    {
      name: 'storage_class',
      label: 'Storage Class',
      help: 'What AWS stores backups as. Archive classes that take hours to read back are not offered.',
      kind: 'choice',
      required: false,
      secret: false,
      choices: [
        { value: 'STANDARD', label: 'Standard' },
        { value: 'STANDARD_IA', label: 'Standard, infrequent access' },
        { value: 'ONEZONE_IA', label: 'One zone, infrequent access' },
        { value: 'INTELLIGENT_TIERING', label: 'Intelligent tiering' },
        { value: 'GLACIER_IR', label: 'Glacier, instant retrieval' },
      ],
    },
  ],
};

export const CLOUDFLARE_R2: ProviderDescription = {
  provider: 'cloudflare_r2',
  label: 'Cloudflare R2',
  recommended: true,
  facts: {
    best_for: 'Most users',
    cost: '$0.015/GB/mo',
    egress_fees: '$0',
    setup_complexity: 'Easy',
    notes: 'Zero egress, S3-compatible, recommended',
    features: {
      s3_compatible_api: 'Yes',
      encryption_at_rest: 'Yes',
      versioning: 'Yes',
      lifecycle_policies: 'Yes',
      multi_region: 'Auto',
      zero_egress: 'Yes',
      compliance_gdpr: 'Yes',
    },
  },
  secret_fields: SECRETS,
  fields: [
    BUCKET,
    {
      name: 'account_id',
      label: 'Account ID',
      help: 'The 32 hexadecimal characters on the R2 overview page.',
      kind: 'text',
      required: true,
      secret: false,
      placeholder: 'a1b2c3d4e5f60718293a4b5c6d7e8f90',
    },
    { ...ACCESS_KEY, help: 'The Access Key ID of an R2 API token with "Object Read & Write".' },
    { ...SECRET_KEY, help: 'The Secret Access Key that was shown once when the token was made.' },
    PATH_PREFIX,
    {
      name: 'jurisdiction',
      label: 'Jurisdiction',
      help: 'Only for a bucket that was made with one.',
      kind: 'choice',
      required: false,
      secret: false,
      default: 'default',
      choices: [
        { value: 'default', label: 'None' },
        { value: 'eu', label: 'European Union' },
        { value: 'fedramp', label: 'FedRAMP' },
      ],
    },
  ],
};

export const BACKBLAZE_B2: ProviderDescription = {
  provider: 'backblaze_b2',
  label: 'Backblaze B2',
  recommended: false,
  facts: {
    best_for: 'Archival',
    cost: '$0.005/GB/mo',
    egress_fees: '$0.01/GB',
    setup_complexity: 'Moderate',
    notes: 'Lowest storage cost, good for long-term',
    features: {
      s3_compatible_api: 'Yes',
      encryption_at_rest: 'Yes',
      versioning: 'Yes',
      lifecycle_policies: 'Yes',
      multi_region: 'Yes',
      zero_egress: 'No',
      compliance_gdpr: 'Yes',
    },
  },
  secret_fields: SECRETS,
  fields: [
    BUCKET,
    {
      name: 'endpoint_url',
      label: 'Endpoint',
      help: 'The endpoint that the bucket page shows. Endpoint or region: one of them is enough.',
      kind: 'text',
      required: false,
      secret: false,
      placeholder: 's3.us-west-004.backblazeb2.com',
    },
    {
      name: 'region',
      label: 'Region',
      help: 'The middle part of the endpoint.',
      kind: 'text',
      required: false,
      secret: false,
      placeholder: 'us-west-004',
    },
    { ...ACCESS_KEY, help: 'The Application Key ID (keyID) of an application key, not of the master key.' },
    { ...SECRET_KEY, help: 'The Application Key that was shown once when it was made.' },
    PATH_PREFIX,
  ],
};

export const MINIO: ProviderDescription = {
  provider: 'minio',
  label: 'MinIO',
  recommended: false,
  facts: {
    best_for: 'Self-hosted',
    cost: 'Infrastructure cost',
    egress_fees: '$0',
    setup_complexity: 'Advanced',
    notes: 'GDPR compliance, full control',
    features: {
      s3_compatible_api: 'Yes',
      encryption_at_rest: 'Yes',
      versioning: 'Yes',
      lifecycle_policies: 'Yes',
      multi_region: 'DIY',
      zero_egress: 'Yes',
      compliance_gdpr: 'Yes',
    },
  },
  secret_fields: SECRETS,
  fields: [
    BUCKET,
    {
      name: 'endpoint_url',
      label: 'Endpoint URL',
      help: 'Address of the S3 API with protocol and port: of MinIO or of any other S3 service (Ceph, Wasabi, Hetzner …).',
      kind: 'text',
      required: true,
      secret: false,
      placeholder: 'https://minio.example.com:9000',
    },
    ACCESS_KEY,
    SECRET_KEY,
    {
      name: 'region',
      label: 'Region',
      help: 'Only if the service was given one.',
      kind: 'text',
      required: false,
      secret: false,
      default: 'us-east-1',
    },
    PATH_PREFIX,
    {
      name: 'ca_certificate',
      label: 'CA Certificate',
      help: 'For a certificate that no public authority issued: the authority, or the self-signed certificate itself, in PEM.',
      kind: 'multiline',
      required: false,
      secret: false,
      placeholder: '-----BEGIN CERTIFICATE-----',
    },
  ],
};
