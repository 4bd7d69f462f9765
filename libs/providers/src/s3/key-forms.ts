import type { Provider } from '@stowage/contracts';
import type { FieldCheck } from '../field-check.js';
import type { S3Provider } from './vendors.js';

interface KeyForm {
  label: string;
  accessKey: RegExp;
  secretKey: RegExp;
}

/**
 * What the keys of each vendor look like. Only used to recognise a key where it does not belong: a form that is not known
 * is never refused.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids,
 * https://developers.cloudflare.com/r2/api/tokens/, https://www.backblaze.com/docs/cloud-storage-application-keys
 */
const FORMS: Record<Exclude<S3Provider, 'minio'>, KeyForm> = {
  aws_s3: { label: 'AWS', accessKey: /^A[KS]IA[A-Z2-7]{16}$/, secretKey: /^[A-Za-z0-9/+]{40}$/ },
  cloudflare_r2: { label: 'Cloudflare R2', accessKey: /^[0-9a-f]{32}$/, secretKey: /^[0-9a-f]{64}$/ },
  backblaze_b2: { label: 'Backblaze B2', accessKey: /^00[0-9a-f]{23}$/, secretKey: /^K00[A-Za-z0-9+/]{28}$/ },
};

/** HMAC keys of Google Cloud Storage: https://cloud.google.com/storage/docs/authentication/hmackeys */
const GOOGLE_KEY = /^GOOG[A-Z0-9]{16,58}$/;
const TEMPORARY_AWS_KEY = /^ASIA[A-Z2-7]{16}$/;
/** The account id, which is also the id of the master application key. */
const B2_MASTER_KEY = /^[0-9a-f]{12}$/;

/** Recognises swapped keys and keys of another vendor by their form, before anything is sent. Never shows a key. */
export function checkKeyForms(check: FieldCheck): void {
  const { provider } = check;
  const { access_key = '', secret_key = '' } = check.credentials;
  if (provider === 'aws_s3' && TEMPORARY_AWS_KEY.test(access_key)) {
    return check.refuse(
      'access_key',
      'credentials.temporary',
      'access_key begins with ASIA, so it is temporary and runs out within hours; use a long-lived key, which begins with AKIA',
    );
  }
  if (provider === 'backblaze_b2' && B2_MASTER_KEY.test(access_key)) {
    return check.refuse(
      'access_key',
      'credentials.master_key',
      'access_key is the id of the master application key, which does not work with the S3 API; make an application key and use its keyID',
    );
  }
  if (isSwapped(provider, access_key, secret_key)) {
    return check.refuse(
      'access_key',
      'credentials.swapped',
      'access_key and secret_key are swapped; put each in the place of the other',
    );
  }
  const label = GOOGLE_KEY.test(access_key) ? 'Google Cloud' : otherVendor(provider, access_key);
  if (label !== undefined && provider !== 'minio') {
    check.refuse(
      'access_key',
      'credentials.other_vendor',
      `access_key has the form of a key of ${label}; use a key of this provider, or choose the other provider`,
    );
  }
}

function otherVendor(provider: Provider, accessKey: string): string | undefined {
  const [vendor, form] = Object.entries(FORMS).find(([, known]) => known.accessKey.test(accessKey)) ?? [];
  return vendor === provider ? undefined : form?.label;
}

/** No vendor's access key has the form of its own secret key, so that such a one is enough to know. */
function isSwapped(provider: Provider, accessKey: string, secretKey: string): boolean {
  const isSecret = provider in FORMS && FORMS[provider as keyof typeof FORMS].secretKey.test(accessKey);
  return (
    isSecret || Object.values(FORMS).some((form) => form.accessKey.test(secretKey) && form.secretKey.test(accessKey))
  );
}
