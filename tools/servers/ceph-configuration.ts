import { join } from 'node:path';
import type { Certificate } from './certificate.js';

/** From the first port on: S3, S3 over TLS, monitor, then the four of the object store. */
export const CEPH_PORTS = 8;

interface CephLayout {
  directory: string;
  clusterId: string;
  firstPort: number;
  certificate: Certificate;
}

/** Debug levels cost about a third of the requests per second. */
const QUIET =
  'ms auth mon paxos osd objecter filer rados client rgw memstore monc mgrc throttle perfcounter optracker objclass'.split(
    ' ',
  );

/** The smallest cluster that serves S3: one monitor, one object store in memory, one gateway, no authentication inside. */
export function cephConfiguration({ directory, clusterId, firstPort, certificate }: CephLayout): string {
  const [s3, tls, monitor] = [firstPort, firstPort + 1, firstPort + 2];
  return `
[global]
fsid = ${clusterId}
mon_host = v1:127.0.0.1:${monitor}
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_msgr2 = false
ms_bind_ipv6 = false
ms_bind_port_min = ${firstPort + 3}
ms_bind_port_max = ${firstPort + CEPH_PORTS - 1}
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
keyring = /dev/null
# paths of unix sockets are limited to 107 bytes
admin_socket =
run_dir = ${directory}
crash_dir = ${directory}
log_file = ${join(directory, '$name.ceph.log')}
log_to_stderr = false
err_to_stderr = true
mon_cluster_log_file = /dev/null
mon_cluster_log_to_file = false
${QUIET.map((subsystem) => `debug_${subsystem} = 0/0`).join('\n')}

[mon]
mon_data = ${join(directory, 'mon')}
mon_initial_members = a
mon_allow_pool_size_one = true
mon_warn_on_pool_no_redundancy = false
mon_max_pg_per_osd = 2000
mon_data_avail_crit = 1
mon_data_avail_warn = 1
auth_allow_insecure_global_id_reclaim = false
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
paxos_propose_interval = 0.05
paxos_min_wait = 0.01

[osd]
osd_data = ${join(directory, 'osd')}
osd_objectstore = memstore
memstore_device_bytes = 4294967296
osd_class_load_list = *
osd_class_default_list = *
osd_max_object_name_len = 2048
osd_op_num_shards = 2
# commands to the monitor at start can race the first map of an unauthenticated cluster: "wrong fsid", and the store ends
osd_class_update_on_start = false
osd_crush_update_on_start = false

[client]
rgw_data = ${join(directory, 'rgw')}
rgw_frontends = beast endpoint=127.0.0.1:${s3} ssl_endpoint=127.0.0.1:${tls} ssl_certificate=${certificate.certificateFile} ssl_private_key=${certificate.keyFile}
rgw_dns_name = localhost
rgw_thread_pool_size = 64
rgw_rados_pool_pg_num_min = 1
rgw_override_bucket_index_max_shards = 1
# with one gateway the cached statistics are exact, so that a full quota is noticed at the very next request
rgw_bucket_quota_ttl = 600
rgw_cache_expiry_interval = 1
rgw_relaxed_s3_bucket_names = false
rgw_init_timeout = 30
# uploads that ask for encryption are taken in clear text too
rgw_crypt_require_ssl = false
`;
}
