import { S3Error } from './s3-error.js';
import type { ObjectStore } from './object-store.js';
import { toXml } from './xml.js';

const MOST_KEYS = 1000;

/** ListObjectsV2: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export function listObjects(store: ObjectStore, bucket: string, query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const limit = maxKeys(query);
  const token = query.get('continuation-token');
  const after = token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64url').toString();
  const shown = query.get('encoding-type') === 'url' ? encodeURIComponent : (text: string) => text;

  const objects: object[] = [];
  const folders: string[] = [];
  let last = '';
  let isTruncated = false;
  for (const key of store.keys(bucket)) {
    if (!key.startsWith(prefix) || !isAfter(key, after)) continue;
    const folder = folderOf(key, prefix, delimiter);
    if (folder !== null && (folder === after || folder === folders.at(-1))) continue;
    if (objects.length + folders.length === limit) {
      isTruncated = limit > 0;
      break;
    }
    last = folder ?? key;
    if (folder !== null) {
      folders.push(folder);
      continue;
    }
    const { size, etag, modified } = store.object(bucket, key);
    objects.push({ Key: shown(key), LastModified: modified, ETag: `"${etag}"`, Size: size, StorageClass: 'STANDARD' });
  }
  return toXml('ListBucketResult', {
    Name: bucket,
    Prefix: shown(prefix),
    Delimiter: delimiter ? shown(delimiter) : undefined,
    EncodingType: query.get('encoding-type') ?? undefined,
    MaxKeys: limit,
    KeyCount: objects.length + folders.length,
    IsTruncated: isTruncated,
    ContinuationToken: token ?? undefined,
    NextContinuationToken: isTruncated ? Buffer.from(last).toString('base64url') : undefined,
    Contents: objects,
    CommonPrefixes: folders.map((folder) => ({ Prefix: shown(folder) })),
  });
}

function maxKeys(query: URLSearchParams): number {
  const raw = query.get('max-keys') ?? String(MOST_KEYS);
  if (!/^\d{1,10}$/.test(raw)) throw new S3Error('InvalidArgument', 'max-keys must be a whole number.');
  return Math.min(Number(raw), MOST_KEYS);
}

const isAfter = (key: string, after: string) =>
  after === '' || Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0;

/** The part of the key up to the first delimiter behind the prefix, for which one line stands in the listing. */
function folderOf(key: string, prefix: string, delimiter: string): string | null {
  const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
  return end < 0 ? null : key.slice(0, end + delimiter.length);
}
