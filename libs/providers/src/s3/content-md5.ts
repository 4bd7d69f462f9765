import { createHash } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';

/** Adds `Content-MD5` (RFC 1864) to uploads: buckets with Object Lock want a checksum, and every S3 service knows this one. */
export function addContentMd5(client: S3Client): void {
  client.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { method: string; body?: unknown; headers: Record<string, string> };
      if (request.method === 'PUT' && (request.body instanceof Uint8Array || typeof request.body === 'string')) {
        request.headers['content-md5'] = createHash('md5').update(request.body).digest('base64');
      }
      return next(args);
    },
    { step: 'build', name: 'contentMd5' },
  );
}
