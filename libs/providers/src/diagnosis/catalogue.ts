import type { Provider } from '@stowage/contracts';

/**
 * Every cause that a storage test can tell apart. Act on the code, never on the text. `{name}` is filled from
 * `StorageFailure.detail.values`, else from the location (bucket, region, host, port, endpoint_url, path_prefix,
 * account_id); `{name|words}` falls back to the words.
 * Sentences in the list DOCUMENTED of `catalogue.spec.ts` are those of the product documentation, verbatim.
 */
export interface Diagnosis {
  /** What happened, in one sentence. */
  cause: string;
  /** What to do next, in one sentence that names the field to change and, where it is known, the value. */
  fix: string;
  /** The fix where it has other words for one provider. */
  fixFor?: Partial<Record<Provider, string>>;
  /** Whether the same test may succeed later with nothing changed. */
  retryable: boolean;
  /** Anchor in docs/providers/<provider>.md. */
  guide?: string;
}

const PRIVATE_OR_MISSING =
  'Check the spelling of {address_field|the address}: the name may not exist, or it may lead to a private address that this platform does not allow; in that case ask your platform administrator.';

const LET_IN = 'let the addresses of this platform in ({egress_ips|egress_ips in the storage settings})';

export const DIAGNOSES = {
  // Reaching it
  'network.unreachable': {
    cause: 'Could not connect to the endpoint URL',
    fix: PRIVATE_OR_MISSING,
    fixFor: {
      aws_s3: `Check region: AWS has no S3 endpoint for {region|this region}.`,
      cloudflare_r2: 'Check account_id: the endpoint is made from it; copy it from the R2 overview page.',
      backblaze_b2:
        'Check endpoint_url or region: they must be those of the bucket, e.g. s3.us-west-004.backblazeb2.com and us-west-004.',
      minio: `${PRIVATE_OR_MISSING} endpoint_url needs protocol and port, e.g. http://minio.example.com:9000.`,
    },
    retryable: true,
    guide: 'endpoint',
  },
  'network.name_server': {
    cause: 'The name of the storage could not be looked up',
    fix: 'The name servers of {host|the host} did not answer; try again in a few minutes, then check the DNS of the domain.',
    retryable: true,
  },
  'network.refused': {
    cause: 'Connection refused',
    fix: `Nothing listens on port {port} of {host}, or a firewall refuses: check that the service runs and that the port is the right one, and ${LET_IN}.`,
    fixFor: {
      minio: `Nothing listens on port {port} of {host}, or a firewall refuses: check the port in endpoint_url (the API of MinIO is usually on 9000, its console on another) and that the service runs, and ${LET_IN}.`,
      sftp: `Nothing listens on port {port} of {host}, or a firewall refuses: check that the SSH server runs and that port is right (usually 22, some hosters use 23), and ${LET_IN}.`,
      ftp: `Nothing listens on port {port} of {host}, or a firewall refuses: check that the FTP server runs and that port is right (21, with implicit TLS 990), and ${LET_IN}.`,
    },
    retryable: true,
    guide: 'network',
  },
  'network.timeout': {
    cause: 'Connection timeout',
    fix: `Nothing answered on port {port} of {host}: check host and port, and ${LET_IN} through the firewall.`,
    retryable: true,
    guide: 'network',
  },
  'network.no_route': {
    cause: 'There is no route to the storage',
    fix: `No network path leads to {host}: check its address and ${LET_IN}; a host that has only an IPv6 address needs an IPv4 one too.`,
    retryable: true,
  },
  'network.reset': {
    cause: 'The connection was reset',
    fix: `Something between this platform and {host}, a firewall or a proxy, cut the connection on port {port}: ${LET_IN}.`,
    retryable: true,
    guide: 'network',
  },
  'network.dropped': {
    cause: 'The connection was closed before the storage answered',
    fix: `The server on port {port} of {host} hung up: it may be overloaded or may have blocked this platform; ${LET_IN} and try again in a few minutes.`,
    retryable: true,
  },
  'network.no_response': {
    cause: 'The storage accepted the connection but did not answer in time',
    fix: `The service on port {port} of {host} may be overloaded, or may not be a storage: check the port and ${LET_IN}, then try again.`,
    retryable: true,
  },
  'network.too_slow': {
    cause: 'The storage is too slow for a large object',
    fix: 'After {seconds|many} seconds {moved|a part} had gone over the line, at last {pace|slowly}: raise the rate limit of the server at {host} or of the line to it, or use a storage with more bandwidth.',
    retryable: true,
  },
  'target.forbidden': {
    cause: 'This address is not allowed on this platform',
    fix: '{host|The address} is private or reserved: use a public address, or ask your platform administrator to allow the network.',
    retryable: false,
  },
  'target.port_forbidden': {
    cause: 'This port is not allowed on this platform',
    fix: 'Port {port} is not one that a storage of this kind is reached on: use the usual port or one from 1024 on.',
    retryable: false,
  },

  // TLS. "SSL: CERTIFICATE_VERIFY_FAILED" leads, as people search for it.
  'tls.self_signed': {
    cause: 'SSL: CERTIFICATE_VERIFY_FAILED',
    fix: 'The certificate of {host} is self-signed: paste it as ca_certificate (PEM) after comparing its fingerprint {fingerprint|with the server’s}, or install one of a public authority.',
    retryable: false,
    guide: 'tls',
  },
  'tls.unknown_authority': {
    cause: 'SSL: CERTIFICATE_VERIFY_FAILED, the authority that issued the certificate is not known',
    fix: 'Paste the certificate of your own authority ({issuer|the issuer}) as ca_certificate (PEM); if the authority is a public one, the server must also send its intermediate certificate.',
    retryable: false,
    guide: 'tls',
  },
  'tls.hostname_mismatch': {
    cause: 'SSL: CERTIFICATE_VERIFY_FAILED, the certificate is for another name',
    fix: 'The certificate does not name {host}: use a name it holds ({names|see the certificate}) in {address_field|the address}, or have the certificate reissued.',
    retryable: false,
    guide: 'tls',
  },
  'tls.expired': {
    cause: 'SSL: CERTIFICATE_VERIFY_FAILED, the certificate has expired',
    fix: 'Renew the certificate of {host} (it ended {valid_to|in the past}).',
    retryable: false,
    guide: 'tls',
  },
  'tls.not_yet_valid': {
    cause: 'SSL: CERTIFICATE_VERIFY_FAILED, the certificate is not valid yet',
    fix: 'The certificate of {host} begins {valid_from|in the future}: check the clock of the server that issued it.',
    retryable: false,
    guide: 'tls',
  },
  'tls.untrusted': {
    cause: 'SSL: CERTIFICATE_VERIFY_FAILED, the certificate cannot be trusted',
    fix: 'The certificate of {host} was not accepted ({reason|no reason given}): install a valid one, or paste its authority as ca_certificate (PEM).',
    retryable: false,
    guide: 'tls',
  },
  'tls.protocol': {
    cause: 'The storage offers no TLS version that is still safe',
    fix: 'Let the server at {host} offer TLS 1.2 or newer.',
    retryable: false,
    guide: 'tls',
  },
  'tls.not_tls': {
    cause: 'The port speaks clear text, not TLS',
    fix: 'Port {port} of {host} does not speak TLS: use its TLS port, or http:// in endpoint_url if you accept clear text.',
    fixFor: { ftp: 'Port {port} of {host} does not speak TLS at once: set tls to explicit (usually port 21).' },
    retryable: false,
    guide: 'tls',
  },
  'tls.required': {
    cause: 'The port speaks TLS, not clear text',
    fix: 'Use https:// in endpoint_url.',
    fixFor: { ftp: 'Set tls to implicit (usually port 990).' },
    retryable: false,
    guide: 'tls',
  },
  'tls.handshake': {
    cause: 'The TLS handshake failed',
    fix: 'The server at {host} ended the TLS handshake: check its TLS settings and that port {port} is the right one.',
    retryable: true,
    guide: 'tls',
  },

  // Credentials
  'credentials.access_key_unknown': {
    cause: 'The AWS Access Key Id you provided does not exist in our records.',
    fix: 'Check access_key: copy it again, whole and without blanks, or make a new key; it must belong to this very service and account.',
    fixFor: {
      cloudflare_r2: 'Check access_key and account_id: use the Access Key ID of an R2 API token of that account.',
    },
    retryable: false,
    guide: 'credentials',
  },
  'credentials.invalid_application_key': {
    cause: 'Invalid application key',
    fix: 'Use the Application Key ID (keyID) as access_key and the Application Key as secret_key, of a key that has access to the bucket; the master key does not work with the S3 API.',
    retryable: false,
    guide: 'credentials',
  },
  'credentials.secret_wrong': {
    cause: 'The secret key does not belong to the access key',
    fix: 'Paste secret_key again, whole; it is shown only once when the key is made, so make a new key if it is lost.',
    fixFor: {
      minio:
        'Paste secret_key again, whole; if it is right, a proxy before the storage changes the request: let it pass on the Host header (nginx: proxy_set_header Host $http_host).',
    },
    retryable: false,
    guide: 'credentials',
  },
  'credentials.expired': {
    cause: 'The credentials have expired',
    fix: 'Use a long-lived key in access_key and secret_key, not a temporary one.',
    retryable: false,
    guide: 'credentials',
  },
  'credentials.suspended': {
    cause: 'The account of these credentials is suspended',
    fix: 'Ask the owner of the storage to enable the account again, or use the access_key of another one.',
    retryable: false,
  },
  'credentials.refused': {
    cause: 'The storage refused the credentials',
    fix: 'Check access_key and secret_key: copy both again from the provider.',
    retryable: false,
    guide: 'credentials',
  },

  // Permissions. All of them say what the product documentation says; the fix tells them apart.
  'permission.write_denied': {
    cause: 'Access Denied',
    fix: 'Writing was refused: give the credentials write permission on {path_prefix|the storage}.',
    fixFor: {
      aws_s3:
        'Writing was refused: allow s3:PutObject on arn:aws:s3:::{bucket}/{path_prefix|}*, without a condition on encryption headers (AWS encrypts every object by itself).',
      cloudflare_r2:
        'Writing was refused: use an R2 API token with "Object Read & Write" for {bucket}, and set jurisdiction if the bucket was made with one (eu, fedramp).',
      backblaze_b2:
        'Writing was refused: use an application key with writeFiles for {bucket}; a key with a namePrefix needs the same path_prefix.',
      minio:
        'Writing was refused: allow s3:PutObject on arn:aws:s3:::{bucket}/{path_prefix|}*, without a condition on encryption headers.',
      sftp: 'Writing was refused: give the user {access_key_field|in access_key} write permission on {directory|the base directory}, or set bucket to a directory that it may write.',
      ftp: 'Writing was refused: give the user write permission on {directory|the base directory}, or set bucket to a directory that it may write.',
    },
    retryable: false,
    guide: 'permissions',
  },
  'permission.read_denied': {
    cause: 'Access Denied',
    fix: 'Reading back was refused, so no backup could be restored: give the credentials read permission.',
    fixFor: {
      aws_s3:
        'Reading back was refused, so no backup could be restored: allow s3:GetObject on arn:aws:s3:::{bucket}/{path_prefix|}*.',
      cloudflare_r2: 'Reading back was refused: use an R2 API token with "Object Read & Write" for {bucket}.',
      backblaze_b2: 'Reading back was refused: use an application key with readFiles for {bucket}.',
      minio:
        'Reading back was refused, so no backup could be restored: allow s3:GetObject on arn:aws:s3:::{bucket}/{path_prefix|}*.',
    },
    retryable: false,
    guide: 'permissions',
  },
  'permission.delete_denied': {
    cause: 'Access Denied',
    fix: 'Deleting was refused, so old backups could never be removed: give the credentials delete permission.',
    fixFor: {
      aws_s3:
        'Deleting was refused, so old backups could never be removed: allow s3:DeleteObject on arn:aws:s3:::{bucket}/{path_prefix|}*.',
      cloudflare_r2: 'Deleting was refused: use an R2 API token with "Object Read & Write" for {bucket}.',
      backblaze_b2: 'Deleting was refused: use an application key with deleteFiles for {bucket}.',
      minio:
        'Deleting was refused, so old backups could never be removed: allow s3:DeleteObject on arn:aws:s3:::{bucket}/{path_prefix|}*.',
    },
    retryable: false,
    guide: 'permissions',
  },
  'permission.list_denied': {
    cause: 'Access Denied',
    fix: 'Listing was refused, so usage cannot be measured: give the credentials list permission on {bucket|the storage}.',
    fixFor: {
      aws_s3: 'Listing was refused, so usage cannot be measured: allow s3:ListBucket on arn:aws:s3:::{bucket}.',
      backblaze_b2: 'Listing was refused, so usage cannot be measured: use an application key with listFiles.',
      minio: 'Listing was refused, so usage cannot be measured: allow s3:ListBucket on arn:aws:s3:::{bucket}.',
    },
    retryable: false,
    guide: 'permissions',
  },

  // The bucket or base directory
  'container.not_found': {
    cause: 'The specified bucket does not exist',
    fix: 'Check bucket: {bucket} was not found in this account; create it, or correct the name or the region.',
    fixFor: {
      cloudflare_r2:
        'Check bucket: {bucket} was not found; correct the name, or set jurisdiction if the bucket was made with one (eu, fedramp).',
      backblaze_b2: 'Check bucket and region: {bucket} was not found in region {region|of the endpoint}.',
      sftp: 'Create the directory {bucket} on the server, or set bucket to one that exists; it is relative to {login_directory|the login directory} unless it begins with /.',
      ftp: 'Create the directory {bucket} on the server, or set bucket to one that exists; it is relative to {login_directory|the login directory} unless it begins with /.',
    },
    retryable: false,
    guide: 'bucket',
  },
  'container.not_a_directory': {
    cause: 'The base directory is a file',
    fix: 'Set bucket to a directory: {bucket|the path} is a file.',
    retryable: false,
  },
  'container.name_invalid': {
    cause: 'The bucket name is not a valid one',
    fix: 'Correct bucket: 3 to 63 lower-case letters, digits, dots and hyphens, without a path or protocol.',
    retryable: false,
    guide: 'bucket',
  },

  // Objects
  'object.not_found': {
    cause: 'The object does not exist',
    fix: 'The object is not on the storage any more: it may have been removed by a lifecycle rule or by another program.',
    retryable: false,
  },
  'object.key_invalid': {
    cause: 'The name of the object is not allowed on this storage',
    fix: 'Correct path_prefix: use letters, digits, hyphens and slashes.',
    retryable: false,
  },
  'object.path_blocked': {
    cause: 'A file stands where a directory is needed',
    fix: 'Set path_prefix to another one, or remove the file {path|of that name} on the server.',
    retryable: false,
  },
  'object.size_mismatch': {
    cause: 'The storage kept a truncated object',
    fix: 'The storage holds {stored|fewer} of {sent|the} bytes although it reported success: free space or raise the quota, then test again.',
    retryable: true,
    guide: 'space',
  },
  'object.corrupted': {
    cause: 'The storage gave back other bytes than were written',
    fix: 'Do not use this storage for backups: a proxy or an outdated server changes what is stored; update it or reach it directly.',
    retryable: false,
  },
  'object.checksum_mismatch': {
    cause: 'The storage received other bytes than were sent',
    fix: 'Something between this platform and {host} changes uploads: check proxies, then test again.',
    retryable: true,
  },
  'object.archived': {
    cause: 'The object went to an archive and cannot be read back at once',
    fix: 'Set storage_class to STANDARD, STANDARD_IA or GLACIER_IR, and remove lifecycle rules that archive at once.',
    fixFor: { minio: 'Remove the lifecycle rules of {bucket} that move objects to an archive.' },
    retryable: false,
    guide: 'storage-class',
  },
  'object.locked': {
    cause: 'A retention rule keeps the object from being deleted',
    fix: 'Backups can be deleted only once the lock of {bucket|the bucket} has run out: shorten the retention rule if that is not wanted.',
    retryable: false,
  },
  'object.still_there': {
    cause: 'The deleted object is still there',
    fix: 'The storage reported a deletion that it did not do: check versioning, retention and caching rules on {bucket|the storage}.',
    retryable: true,
  },
  'object.range_unsupported': {
    cause: 'The storage cannot give back a part of an object',
    fix: 'Update the server or reach it without the proxy between: restores read ranges of objects.',
    retryable: false,
  },
  'object.too_large': {
    cause: 'The storage does not take objects of this size',
    fix: 'Raise the upload limit of the server or of the proxy before it.',
    fixFor: {
      sftp: 'Raise the file size limit of the user on the server (ulimit -f, fsize in /etc/security/limits.conf).',
    },
    retryable: false,
  },
  'object.too_many_parts': {
    cause: 'The object is larger than one upload can be',
    fix: 'Split the backup: an upload has at most 10 000 parts.',
    retryable: false,
  },

  // Room
  'quota.exceeded': {
    cause: 'The storage quota is used up',
    fix: 'Raise the quota of {bucket|the account} or delete what is no longer needed.',
    fixFor: {
      backblaze_b2: 'Raise the cap under Caps & Alerts in the Backblaze account, or delete what is not needed.',
    },
    retryable: true,
    guide: 'space',
  },
  'quota.storage_full': {
    cause: 'The storage is full',
    fix: 'Free space on the server at {host}, or enlarge its disk.',
    retryable: true,
    guide: 'space',
  },
  'quota.throttled': {
    cause: 'The storage asks to slow down',
    fix: 'Too many requests reach this storage: try again in a minute.',
    retryable: true,
  },
  'quota.connections': {
    cause: 'The server allows no more connections at once',
    fix: 'Raise the connection limit of the server, or close other clients of this user, then try again.',
    retryable: true,
  },

  // S3
  's3.not_s3': {
    cause: 'The endpoint answers, but it is not an S3 API',
    fix: 'Check endpoint_url: it leads to a web page or to another service; use the address of the S3 API (MinIO: usually port 9000, not its console).',
    retryable: false,
    guide: 'endpoint',
  },
  's3.region_mismatch': {
    cause:
      "The authorization header is malformed; the region '{used_region|given}' is wrong; expecting '{expected_region|another}'",
    fix: "Set region to {expected_region|the bucket's region}.",
    retryable: false,
    guide: 'region',
  },
  's3.jurisdiction_mismatch': {
    cause: 'The bucket was made in another jurisdiction of Cloudflare R2',
    fix: 'Set jurisdiction to {expected|that of the bucket}: {bucket} is not in jurisdiction {used|given}.',
    retryable: false,
    guide: 'jurisdiction',
  },
  's3.region_invalid': {
    cause: 'The region is not one of this service',
    fix: 'Correct region, e.g. eu-west-1 for AWS, us-west-004 for Backblaze, us-east-1 for most MinIO servers.',
    retryable: false,
    guide: 'region',
  },
  's3.redirected': {
    cause: 'The storage answers that the bucket lives elsewhere',
    fix: 'Set region (aws_s3) or endpoint_url to those of the bucket{endpoint_words|}.',
    retryable: false,
    guide: 'region',
  },
  's3.endpoint_has_bucket': {
    cause: 'The endpoint URL already contains the bucket',
    fix: 'Set endpoint_url to {suggested_endpoint|the address of the service without the bucket}.',
    retryable: false,
    guide: 'endpoint',
  },
  's3.clock_skew': {
    cause: 'The clocks of this platform and of the storage differ too much',
    fix: 'Set the clock of the storage server by NTP: it differs by {skew_seconds|more than 900} seconds.',
    retryable: true,
  },
  's3.unavailable': {
    cause: 'The storage reports an internal error',
    fix: 'Try again in a few minutes; if it lasts, look at the status page of the provider or at the log of the server.',
    retryable: true,
  },
  's3.gateway': {
    cause: 'A proxy before the storage reports that it cannot reach it',
    fix: 'Check that the storage behind the proxy at {host} runs and that the proxy allows uploads of this size and duration.',
    retryable: true,
  },
  's3.checksum_unsupported': {
    cause: 'The storage does not understand the upload checksum',
    fix: 'Update the server: it refused CRC32, Content-MD5 and uploads without either.',
    retryable: false,
  },
  's3.content_length': {
    cause: 'The storage takes no upload of unknown length',
    fix: 'Update the server or the proxy before it.',
    retryable: false,
  },
  's3.part_size': {
    cause: 'The storage refused the parts of a large upload',
    fix: 'Update the server: parts of equal size were refused.',
    retryable: false,
  },
  's3.storage_class': {
    cause: 'The service does not know this storage class',
    fix: 'Clear storage_class or set it to STANDARD.',
    retryable: false,
    guide: 'storage-class',
  },
  's3.encryption_required': {
    cause: 'The encryption key of the bucket cannot be used',
    fix: 'Allow kms:GenerateDataKey and kms:Decrypt on the KMS key of {bucket}, or set the default encryption of the bucket to SSE-S3.',
    retryable: false,
    guide: 'permissions',
  },
  's3.encryption_header': {
    cause: 'A policy of the bucket refuses uploads that do not ask for encryption',
    fix: 'Take the condition on s3:x-amz-server-side-encryption ({encryption|AES256}) out of the policy of {bucket} and set the default encryption of the bucket instead, which encrypts every object without being asked.',
    retryable: false,
    guide: 'permissions',
  },
  's3.not_enabled': {
    cause: 'The storage service is not enabled for this account',
    fix: 'Enable the service (R2: subscribe in the Cloudflare dashboard), then test again.',
    retryable: false,
  },
  's3.object_lock_checksum': {
    cause: 'The bucket has Object Lock and wants a checksum with each upload',
    fix: 'Update the server: it demands a checksum with each upload but took neither CRC32 nor Content-MD5.',
    retryable: false,
  },
  's3.unrecognised': {
    cause: 'The storage refused the request for a reason that is not recognised',
    fix: 'Look at the evidence, which holds the words of the storage, and at the log of the service.',
    retryable: true,
  },

  // SSH and SFTP
  'ssh.authentication_failed': {
    cause: 'Authentication failed (publickey,password)',
    fix: 'Check access_key (user name) and secret_key (password){offered_words|}; the server may also deny this user.',
    retryable: false,
    guide: 'credentials',
  },
  'ssh.password_not_allowed': {
    cause: 'The server does not allow password login',
    fix: 'Put a private key in private_key, or allow PasswordAuthentication on the server.',
    retryable: false,
    guide: 'keys',
  },
  'ssh.key_rejected': {
    cause: 'The server does not accept this private key',
    fix: 'Add the public half of private_key to ~/.ssh/authorized_keys of the user in access_key, and check that ~/.ssh is 700 and the file 600.',
    retryable: false,
    guide: 'keys',
  },
  'ssh.key_not_allowed': {
    cause: 'The server does not allow login with a key',
    fix: 'Put the password of the user in secret_key, or allow PubkeyAuthentication on the server.',
    retryable: false,
    guide: 'keys',
  },
  'ssh.password_expired': {
    cause: 'The password has expired',
    fix: 'Log in to the server once to set a new password, then put it in secret_key.',
    retryable: false,
    guide: 'credentials',
  },
  'ssh.key_and_password_required': {
    cause: 'The server wants both a private key and a password',
    fix: 'Fill in private_key and secret_key.',
    retryable: false,
    guide: 'keys',
  },
  'ssh.interactive_required': {
    cause: 'The server asks questions that only a person can answer',
    fix: 'Use a user without a second factor, or a private key in private_key.',
    retryable: false,
  },
  'ssh.key_passphrase_missing': {
    cause: 'The private key is encrypted',
    fix: 'Fill in passphrase.',
    retryable: false,
    guide: 'keys',
  },
  'ssh.key_passphrase_wrong': {
    cause: 'The passphrase does not open the private key',
    fix: 'Correct passphrase.',
    retryable: false,
    guide: 'keys',
  },
  'ssh.key_format': {
    cause: 'The private key is in a form that cannot be read',
    fix: 'Paste private_key in OpenSSH or PEM form, whole, with its BEGIN and END lines{convert_words|}.',
    retryable: false,
    guide: 'keys',
  },
  'ssh.key_is_public': {
    cause: 'This is the public key, not the private one',
    fix: 'Paste the private half in private_key (the file without .pub).',
    retryable: false,
    guide: 'keys',
  },
  'ssh.host_key.unknown': {
    cause: 'The host key of the server is not confirmed yet',
    fix: 'Compare {met|the key shown} with the output of ssh-keygen -lf on the server, then set host_key_sha256 to it.',
    retryable: false,
    guide: 'host-key',
  },
  'ssh.host_key.changed': {
    cause: 'The host key of the server has changed',
    fix: 'The server showed {met|another key}, pinned is {pinned|host_key_sha256}: ask its owner why before you change host_key_sha256; the password was not sent.',
    retryable: false,
    guide: 'host-key',
  },
  'ssh.not_ssh': {
    cause: 'The port does not speak SSH',
    fix: 'Check port: SFTP is usually on 22{service_words|}.',
    retryable: false,
    guide: 'network',
  },
  'ssh.protocol_version': {
    cause: 'The server speaks only the insecure version 1 of SSH',
    fix: 'Update the SSH server at {host}.',
    retryable: false,
  },
  'ssh.algorithms': {
    cause: 'The server offers no SSH algorithm that is still safe',
    fix: 'Update the SSH server at {host}, or enable a modern host key and cipher on it ({kind|ed25519, aes-gcm}).',
    retryable: false,
  },
  'ssh.no_sftp': {
    cause: 'The server allows login but offers no SFTP',
    fix: 'Enable the sftp subsystem in sshd_config (Subsystem sftp internal-sftp).',
    retryable: false,
    guide: 'server',
  },
  'ssh.chroot': {
    cause: 'The server closed the SFTP session at its start',
    fix: 'Check ChrootDirectory on the server: every part of its path must belong to root and not be writable by others.',
    retryable: false,
    guide: 'server',
  },
  'ssh.garbled_session': {
    cause: 'Something writes text into the SFTP session',
    fix: 'Let the login scripts of the user (.bashrc, .profile) print nothing, or use Subsystem sftp internal-sftp in sshd_config.',
    retryable: false,
    guide: 'server',
  },
  'ssh.unrecognised': {
    cause: 'The SFTP server refused for a reason that is not recognised',
    fix: 'Look at the evidence and at the log of the SSH server; where a write broke off, a quota or a limit on the size of files shows so.',
    retryable: true,
  },

  // FTP
  'ftp.authentication_failed': {
    cause: 'The FTP server refused the login',
    fix: 'Check access_key (user name) and secret_key (password).',
    retryable: false,
    guide: 'credentials',
  },
  'ftp.anonymous_only': {
    cause: 'The FTP server allows only anonymous logins',
    fix: 'Allow local users on the server (vsftpd: local_enable=YES), or use another server.',
    retryable: false,
    guide: 'server',
  },
  'ftp.account_required': {
    cause: 'The FTP server asks for an account besides user and password',
    fix: 'Use a user in access_key that needs no ACCT.',
    retryable: false,
  },
  'ftp.not_ftp': {
    cause: 'The port does not speak FTP',
    fix: 'Check port: FTP is usually on 21, with implicit TLS on 990{service_words|}.',
    retryable: false,
    guide: 'network',
  },
  'ftp.tls_required': {
    cause: 'The FTP server allows login only over TLS',
    fix: 'Set tls to explicit.',
    retryable: false,
    guide: 'tls',
  },
  'ftp.tls_unsupported': {
    cause: 'The FTP server offers no TLS',
    fix: 'Enable FTPS on the server, use SFTP instead, or set tls to none if you accept that the password crosses the network in clear.',
    retryable: false,
    guide: 'tls',
  },
  'ftp.tls_session': {
    cause: 'The FTP server refused the TLS session of the data connection',
    fix: 'Let the server take data connections with session resumption (vsftpd: require_ssl_reuse=NO if it lasts).',
    retryable: false,
    guide: 'tls',
  },
  'ftp.passive_blocked': {
    cause: 'The data connection of the FTP server cannot be opened',
    fix: 'Open the passive port range of the server in its firewall (tried {data_host|the host} port {data_port|in that range}).',
    retryable: true,
    guide: 'passive',
  },
  'ftp.passive_address': {
    cause: 'The FTP server names another address for its data connections',
    fix: 'Set MasqueradeAddress (ProFTPD) or pasv_address (vsftpd) to the public address: it named {data_host|another one}.',
    retryable: false,
    guide: 'passive',
  },
  'ftp.command_unsupported': {
    cause: 'The FTP server lacks a command that backups need',
    fix: 'Enable {command|SIZE and MLSD or LIST} on the server or update it.',
    retryable: false,
    guide: 'server',
  },
  'ftp.data_unprotected': {
    cause: 'The FTP server protects the login but not the backups',
    fix: 'Allow PROT P on the server, so that data connections are encrypted too (ProFTPD: TLSRequired on, vsftpd: ssl_enable=YES).',
    retryable: false,
    guide: 'tls',
  },
  'ftp.transfer_aborted': {
    cause: 'The FTP server broke off the transfer',
    fix: 'Look at the evidence: check the free space and the time limits of the server at {host}, and of firewalls before it, then test again.',
    retryable: true,
    guide: 'server',
  },
  'ftp.unavailable': {
    cause: 'The FTP server is not available at present',
    fix: 'The server at {host} closes every connection: try again in a few minutes, then look at its log.',
    retryable: true,
  },
  'ftp.unrecognised': {
    cause: 'The FTP server refused for a reason that is not recognised',
    fix: 'Look at the evidence and at the log of the FTP server.',
    retryable: true,
  },

  // What is configured
  'config.account_id': {
    cause: 'Cloudflare does not know this account',
    fix: 'Check account_id: copy the 32 characters from the R2 overview page.',
    retryable: false,
    guide: 'account-id',
  },

  // Ourselves
  'operation.cancelled': {
    cause: 'The test was stopped',
    fix: 'Run it again.',
    retryable: true,
  },
  'operation.failed': {
    cause: 'Something went wrong on our side',
    fix: 'Try again later; tell your platform administrator if it lasts.',
    retryable: true,
  },
} as const satisfies Record<string, Diagnosis>;

export type DiagnosisCode = keyof typeof DIAGNOSES;
