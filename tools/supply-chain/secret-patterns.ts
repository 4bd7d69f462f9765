/** What real secrets look like; those of examples and tests say so themselves. */
const KINDS: Record<string, RegExp> = {
  'an AWS access key': /\b(AKIA|ASIA)(?![A-Z0-9]*(EXAMPLE|CANARY|ENVIRONMENT))(?=[A-Z0-9]*\d)[A-Z0-9]{16}\b/,
  'a private key': /-----BEGIN (RSA |EC |DSA |OPENSSH |ENCRYPTED )?PRIVATE KEY-----(\\n|\s)+[A-Za-z0-9+/=]{40}/,
  'a token of a code host': /\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{40,}|glpat-[\w-]{20})\b/,
  'a token of a registry': /\bnpm_[A-Za-z0-9]{36}\b|_auth(?:Token)=/,
  'a token of a chat': /\bxox[abprs]-[\w-]{20,}/,
  'a JWT': /\beyJhbGciOi[\w-]{10,}\.eyJ[\w-]{20,}\.[\w-]{20,}/,
  'a private JWK': /"d"\s*:\s*"[\w-]{40,}"/,
};

/** Kinds of secrets that the text seems to hold. */
export function secretsIn(text: string): string[] {
  return Object.entries(KINDS).flatMap(([kind, pattern]) => (pattern.test(text) ? [kind] : []));
}
