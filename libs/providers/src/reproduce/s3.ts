import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { CheckName, StorageLocation } from '@stowage/contracts';
import { authorityOption, bytesOf, type FailedStep, FILE_BY_HAND, isAboutReaching } from './failed-step.js';
import { fromPerson, inTurn, NOTHING, sh, type ShellText } from './shell.js';
import { tlsHandshake } from './tls.js';

/** Where what answers is no S3, the plain words of the answer say more than a client of S3 does. */
const ANSWERS_OF_OTHERS: readonly string[] = ['s3.not_s3', 's3.gateway', 'tls.required'];

/**
 * With curl (7.88 or newer, for the signature), which shows every answer as it came: the AWS CLI fails on errors that have no
 * message, such as those of Ceph, with one of its own.
 */
export function reproduceS3(failed: FailedStep): ShellText {
  const { location, code } = failed;
  const url = addressOf(location);
  if (ANSWERS_OF_OTHERS.includes(code) || isAboutReaching(failed)) {
    return sh`curl -v --max-time 20${authorityOption('--cacert', location)} ${url.origin}/`;
  }
  if (code.startsWith('tls.')) {
    return tlsHandshake(location, { host: url.hostname.replaceAll(/[[\]]/g, ''), port: portOf(url) });
  }
  return inTurn([ACCOUNT, ...requests(failed)]);
}

/** With the bucket where requests have it. */
function addressOf({ endpoint_url, bucket, addressing }: StorageLocation): URL {
  const url = new URL(endpoint_url ?? '');
  if (addressing === 'virtual') url.hostname = `${bucket}.${url.hostname}`;
  return url;
}

function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

const ACCOUNT = sh`: ${fromPerson('AWS_ACCESS_KEY_ID', 'access_key')} ${fromPerson('AWS_SECRET_ACCESS_KEY', 'secret_key')}`;
/** `printf` is a part of the shell: the arguments of a program can be read by every user of a machine, its input cannot. */
const SECRET = sh`printf ${String.raw`user=%s:%s\n`} "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY"`;

function requests(failed: FailedStep): ShellText[] {
  const { location, step, code } = failed;
  const { path_prefix, region } = location;
  const curl = sh`${SECRET} | curl -K - -sS --fail-with-body --aws-sigv4 ${`aws:amz:${region ?? 'us-east-1'}:s3`} -H ${'x-amz-content-sha256: UNSIGNED-PAYLOAD'}${authorityOption('--cacert', location)}`;
  const object = urlOf(location, `${path_prefix ?? ''}${FILE_BY_HAND}`);
  const file = sh`head -c ${bytesOf(failed)} /dev/zero | tr ${String.raw`\0`} ${FILL} >${FILE_BY_HAND}`;
  const put = [file, sh`${curl} -i${headersOf(failed)} -T ${FILE_BY_HAND} ${object}`];
  const remove = sh`${curl} -i -X DELETE ${object}`;
  const look = sh`${curl} -I ${object}`;
  const read = sh`${curl} -i ${object}`;
  const afterPut: Partial<Record<CheckName, ShellText[]>> = {
    write: [],
    multipart: [],
    size: [look],
    read: [read],
    compare: [read],
    range: [sh`${curl} -i --range 8-23 ${object}`],
    delete: [remove],
    gone: [remove, look],
  };
  const then = afterPut[step];
  if (then === undefined) {
    return [sh`${curl} -i ${`${urlOf(location)}?list-type=2&max-keys=1&prefix=${encoded(path_prefix ?? '')}`}`];
  }
  // Refused are the parts, not the size: where an upload in parts begins.
  if (step === 'multipart' && code.startsWith('permission.')) return [sh`${curl} -i -X POST ${`${object}?uploads=`}`];
  return [...put, ...then];
}

function urlOf(location: StorageLocation, key?: string): string {
  const { bucket, addressing } = location;
  const path = [...(addressing === 'virtual' ? [] : [bucket ?? '']), ...(key?.split('/') ?? [])];
  return `${addressOf(location).origin}/${path.map(encoded).join('/')}`;
}

/** As signatures want it: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, `UriEncode`. */
const encoded = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

/** What the file is full of: a letter, so that a terminal can show what is given back. */
const FILL = 'x';

function headersOf(failed: FailedStep): ShellText {
  const { checksum_mode, storage_class } = failed.location;
  const body = Buffer.alloc(bytesOf(failed), FILL);
  const headers: string[] = [];
  if (checksum_mode === 'md5') headers.push(`content-md5: ${createHash('md5').update(body).digest('base64')}`);
  if (checksum_mode === 'crc32') headers.push(`x-amz-checksum-crc32: ${bigEndian(crc32(body)).toString('base64')}`);
  if (storage_class !== null) headers.push(`x-amz-storage-class: ${storage_class}`);
  return headers.reduce((text, header) => sh`${text} -H ${header}`, NOTHING);
}

function bigEndian(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
}
