/**
 * The closed catalogue of what can be refused. A client acts on `code`; `detail` is for a person.
 * Causes found by a storage test (network, tls, ssh, ...) are the diagnoses of `@stowage/providers`;
 * they share this form (`area.what`), so both can stand in a problem document or in a stored health.
 */
export const ERRORS = {
  'request.malformed_json': { status: 400, title: 'The body is not JSON', retryable: false },
  'request.duplicate_parameter': { status: 400, title: 'A parameter was given twice', retryable: false },
  'request.validation': { status: 422, title: 'The request is not valid', retryable: false },
  'request.unauthenticated': { status: 401, title: 'Not authenticated', retryable: false },
  'request.not_found': { status: 404, title: 'Not found', retryable: false },
  'request.method_not_allowed': { status: 405, title: 'Method not allowed', retryable: false },
  'request.too_large': { status: 413, title: 'The body is too large', retryable: false },
  'request.unsupported_media_type': { status: 415, title: 'The body must be JSON', retryable: false },
  'request.rate_limited': { status: 429, title: 'Too many requests', retryable: true },
  'request.precondition_failed': { status: 412, title: 'The resource has changed', retryable: false },
  'request.idempotency_conflict': {
    status: 422,
    title: 'The idempotency key was used for another body',
    retryable: false,
  },
  'request.expired': { status: 503, title: 'The deadline passed', retryable: true },
  'request.recipient': { status: 403, title: 'The recipient is not the caller', retryable: false },
  'request.user_id': { status: 403, title: 'The caller is not a registered service', retryable: false },
  'request.unsupported_schema': {
    status: 422,
    title: 'This version of the message is not understood',
    retryable: false,
  },
  'request.unavailable': { status: 503, title: 'Temporarily unavailable', retryable: true },
  'request.internal': { status: 500, title: 'Internal error', retryable: true },
  'permission.denied': { status: 403, title: 'Permission missing', retryable: false },
  'credentials.required': { status: 422, title: 'The credentials are needed again', retryable: false },
  'credentials.not_sealed': { status: 422, title: 'A secret was sent in clear and is compromised', retryable: false },
  'credentials.unreadable': { status: 422, title: 'The sealed credentials cannot be opened', retryable: false },
  'credentials.unavailable': { status: 503, title: 'The stored credentials cannot be opened', retryable: true },
  'config.name_taken': { status: 409, title: 'The name is already used', retryable: false },
  'config.has_backups': { status: 400, title: 'Backups are recorded on this storage', retryable: false },
  'config.would_orphan_backups': { status: 409, title: 'Recorded backups would be lost', retryable: false },
  'config.inactive_default': { status: 400, title: 'An inactive storage cannot be the default', retryable: false },
  'config.limit': { status: 400, title: 'Too many storage configurations', retryable: false },
  'config.provider_fixed': { status: 422, title: 'The provider never changes', retryable: false },
  'config.unusable': { status: 422, title: 'The storage cannot be saved as it is', retryable: false },
  'endpoint.not_vendor': { status: 422, title: 'Not an endpoint of this vendor', retryable: false },
  'settings.fixed_by_environment': { status: 409, title: 'Fixed by the environment', retryable: false },
  'settings.byos_disabled': { status: 403, title: 'Organization storage is not enabled', retryable: false },
  'settings.provider_disabled': { status: 403, title: 'The provider is not enabled', retryable: false },
  'storage.default.none': { status: 404, title: 'No default storage', retryable: false },
  'storage.default.inactive': { status: 409, title: 'The default storage is inactive', retryable: false },
  'storage.inactive': { status: 409, title: 'The storage is inactive', retryable: false },
  'storage.not_found': { status: 404, title: 'No such storage', retryable: false },
  'storage.backup_running': { status: 409, title: 'The backup is still running', retryable: false },
  'storage.host_key.unpinned': { status: 409, title: 'The host key is not confirmed yet', retryable: true },
  'operation.not_cancellable': { status: 409, title: 'The operation has ended', retryable: false },
  'operation.expired': { status: 409, title: 'The deadline passed before the operation began', retryable: false },
} as const satisfies Record<string, ErrorDefinition>;

export interface ErrorDefinition {
  /** HTTP status of the problem document. */
  status: number;
  /** RFC 9457 `title`: the same for every occurrence. */
  title: string;
  /** Whether the same request may succeed later, unchanged. */
  retryable: boolean;
}

export type ErrorCode = keyof typeof ERRORS;

/** One bad field of a request, as in the `errors` member of a problem document. */
export interface FieldError {
  field: string;
  /** Stable, `area.what` or the name of the broken rule. */
  code: string;
  message: string;
}

export interface StowageErrorOptions {
  errors?: FieldError[];
  /** Seconds after which a retry makes sense; becomes `Retry-After`. */
  retryAfter?: number;
  cause?: unknown;
}

/** The one exception that application code throws on purpose. `detail` is shown to people: no secret, no server text. */
export class StowageError extends Error {
  override readonly name = 'StowageError';
  readonly errors: FieldError[] | undefined;
  readonly retryAfter: number | undefined;

  constructor(
    readonly code: ErrorCode,
    readonly detail: string,
    options: StowageErrorOptions = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.errors = options.errors;
    this.retryAfter = options.retryAfter;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }

  /** A `request.validation` error; the detail is the first message, so a client that reads only `detail` is served. */
  static validation(errors: FieldError[]): StowageError {
    return new StowageError('request.validation', errors[0]?.message ?? 'The request is not valid', { errors });
  }
}

/** How an error travels in a reply, an operation or an event. */
export interface ErrorBody {
  code: string;
  detail: string;
  retryable: boolean;
  errors?: FieldError[];
}

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}

/** Anything thrown, as an error that may be told. What was not thrown on purpose says nothing of itself. */
export function toErrorBody(error: unknown): ErrorBody {
  if (error instanceof StowageError) {
    const { code, detail, retryable, errors } = error;
    return errors ? { code, detail, retryable, errors } : { code, detail, retryable };
  }
  return { code: 'request.internal', detail: 'Something went wrong on our side. Try again later.', retryable: true };
}
