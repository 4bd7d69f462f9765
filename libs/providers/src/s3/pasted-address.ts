import type { Provider } from '@stowage/contracts';

/** What an address names that a person copied from somewhere, as far as it is of use. */
export interface PastedAddress {
  /** Whose console it is; left out where any provider may be meant. */
  provider?: Provider;
  bucket?: string;
  region?: string;
  account?: string;
  jurisdiction?: string;
  prefix?: string;
}

const CLOUDFLARE_DASHBOARD =
  /^https:\/\/dash\.cloudflare\.com\/(?<account>[0-9a-f]{32})\/r2\/(?:(?<jurisdiction>default|eu|fedramp)|overview)(?:\/buckets\/(?<bucket>[^/?#]+))?/;
const AWS_CONSOLE =
  /^https:\/\/(?:(?<region>[a-z]{2}(?:-[a-z]+)+-\d)\.console|s3\.console|console)\.aws\.amazon\.com\/s3\/(?:buckets|object)\/(?<bucket>[^/?#]+)/;
const S3_URI = /^s3:\/\/(?<bucket>[^/?#]+)(?:\/(?<prefix>[^?#]*))?$/;

/** Reads the pages of vendors' consoles and `s3://bucket/prefix`; null for whatever else, such as an endpoint. */
export function readPastedAddress(text: string): PastedAddress | null {
  const r2 = CLOUDFLARE_DASHBOARD.exec(text);
  const aws = AWS_CONSOLE.exec(text);
  const match = r2 ?? aws ?? S3_URI.exec(text);
  if (match === null) return null;
  const { bucket, ...named }: PastedAddress = { ...match.groups };
  const { searchParams } = new URL(text);
  return {
    ...named,
    provider: (r2 && 'cloudflare_r2') ?? (aws && 'aws_s3') ?? undefined,
    bucket: bucket && decodeURIComponent(bucket),
    region: named.region ?? searchParams.get('region') ?? undefined,
    prefix: (named.prefix ?? searchParams.get('prefix')) || undefined,
  };
}
