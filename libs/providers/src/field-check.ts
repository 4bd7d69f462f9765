import {
  type Credentials,
  type FieldError,
  isErrorCode,
  type Jurisdiction,
  type Provider,
  type SecretField,
  StowageError,
  type TlsMode,
  type Warning,
} from '@stowage/contracts';

/** The plain fields of a storage as they are stored; null where the provider has no such field. */
export interface CheckedFields {
  bucket: string | null;
  region: string | null;
  endpoint_url: string | null;
  account_id: string | null;
  jurisdiction: Jurisdiction | null;
  host: string | null;
  port: number | null;
  tls: TlsMode | null;
  host_key_sha256: string | null;
  ca_certificate: string | null;
  path_prefix: string | null;
  storage_class: string | null;
}

export const NO_FIELDS: CheckedFields = {
  bucket: null,
  region: null,
  endpoint_url: null,
  account_id: null,
  jurisdiction: null,
  host: null,
  port: null,
  tls: null,
  host_key_sha256: null,
  ca_certificate: null,
  path_prefix: null,
  storage_class: null,
};

/** Whatever of a request can be refused. */
export type CheckedField = keyof CheckedFields | SecretField | 'host_key_policy' | 'private_key_sealed';

/** One run over the fields of one storage: what they become, and all that is wrong with them, told at once. */
export class FieldCheck {
  readonly #problems: FieldError[] = [];
  readonly warnings: Warning[] = [];
  /** Fields that were refused already. */
  readonly refused = new Set<string>();

  constructor(
    readonly provider: Provider,
    readonly fields: CheckedFields,
    readonly credentials: Partial<Credentials>,
    /** Fields that this very request gave a value. */
    readonly given: ReadonlySet<string>,
  ) {}

  refuse(field: CheckedField, code: string, message: string): void {
    this.refused.add(field);
    this.#problems.push({ field, code, message });
  }

  warn(code: string, message: string): void {
    this.warnings.push({ code, message });
  }

  /** Runs a parser whose error message completes "<field> …"; refuses the field and returns null when it throws. */
  parse<T>(field: keyof CheckedFields, code: string, parser: () => T): T | null {
    try {
      return parser();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.refuse(field, code, `${field} ${error.message}`);
      return null;
    }
  }

  /** @throws StowageError with every problem; its code is `request.validation` unless they all share another of ERRORS */
  throwProblems(): void {
    const [first] = this.#problems;
    if (first === undefined) return;
    const shared = this.#problems.every(({ code }) => code === first.code) ? first.code : null;
    if (shared !== null && isErrorCode(shared))
      throw new StowageError(shared, first.message, { errors: this.#problems });
    throw StowageError.validation(this.#problems);
  }
}
