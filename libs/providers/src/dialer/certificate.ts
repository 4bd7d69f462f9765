import type { PeerCertificate, TLSSocket } from 'node:tls';
import type { DiagnosisCode } from '../diagnosis/catalogue.js';
import { evidenceOf } from '../diagnosis/evidence.js';
import { StorageFailure } from '../failure.js';

/** OpenSSL's verdicts as Node names them; any other is `tls.untrusted`. */
const VERDICTS: Record<string, DiagnosisCode> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls.self_signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls.unknown_authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls.unknown_authority',
  UNABLE_TO_GET_ISSUER_CERT: 'tls.unknown_authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tls.unknown_authority',
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls.hostname_mismatch',
  CERT_HAS_EXPIRED: 'tls.expired',
  CERT_NOT_YET_VALID: 'tls.not_yet_valid',
};

/** Why the certificate of an established connection is not trusted, in words that help to mend it; null when it is. */
export function certificateFailure(socket: TLSSocket): StorageFailure | null {
  if (socket.authorized) return null;
  const verdict = String(socket.authorizationError);
  const certificate = socket.getPeerCertificate();
  return new StorageFailure(VERDICTS[verdict] ?? 'tls.untrusted', {
    step: 'tls',
    values: valuesOf(certificate, verdict),
    evidence: evidenceOf(
      `${verdict}; SHA-256 ${certificate.fingerprint256}; issuer ${nameOf(certificate.issuer)}; subject ${nameOf(certificate.subject)}`,
    ),
  });
}

function valuesOf(certificate: PeerCertificate, verdict: string): Record<string, string> {
  return {
    reason: verdict,
    fingerprint: certificate.fingerprint256,
    issuer: evidenceOf(nameOf(certificate.issuer)),
    names: evidenceOf(certificate.subjectaltname ?? nameOf(certificate.subject)),
    valid_from: certificate.valid_from,
    valid_to: certificate.valid_to,
  };
}

function nameOf(party: PeerCertificate['issuer'] | undefined): string {
  return String(party?.CN ?? party?.O ?? 'without a name');
}
