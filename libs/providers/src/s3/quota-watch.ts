/**
 * Ceph tells of room with every answer to HEAD of a bucket: what the bucket holds, and the quotas of the bucket and of its
 * owner (`X-RGW-…`, rgw_rest_s3.cc, dump_bucket_metadata; -1 is none). No other S3 service tells any of it.
 */
export class QuotaWatch {
  #room: number | null = null;

  read(headers: Record<string, string | undefined>): void {
    const used = Number(headers['x-rgw-bytes-used'] ?? NaN);
    const quotas = ['x-rgw-quota-bucket-size', 'x-rgw-quota-user-size'].map((name) => Number(headers[name] ?? -1));
    const limits = quotas.filter((limit) => limit >= 0);
    if (Number.isNaN(used) || limits.length === 0) return;
    this.#room = Math.max(0, Math.min(...limits) - used);
  }

  /**
   * Bytes that may still be written, at most: the other buckets of the owner count too and are not told. Null where nothing
   * was told.
   */
  get room(): number | null {
    return this.#room;
  }
}
