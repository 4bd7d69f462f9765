import { type ArgumentMetadata, Injectable, ValidationPipe } from '@nestjs/common';
import { StowageError } from '@stowage/contracts';
import { toFieldErrors, unknownField } from './field-errors.js';

/** Bodies and queries are exactly what their class says: no unknown field, no conversion that nobody asked for. */
@Injectable()
export class StrictValidationPipe extends ValidationPipe {
  constructor() {
    super({
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: true,
      stopAtFirstError: true,
      transform: true,
      validationError: { target: false, value: false },
      exceptionFactory: (errors) => StowageError.validation(toFieldErrors(errors)),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    refuseKeysOfPrototypes(value);
    if (metadata.type !== 'body') return super.transform(value, metadata);
    const body = value === undefined ? {} : value;
    if (!isObject(body)) {
      throw StowageError.validation([{ field: '', code: 'isObject', message: 'The body must be a JSON object' }]);
    }
    return super.transform(body, metadata);
  }
}

/** class-transformer leaves these out without a word, so the whitelist never sees them. */
function refuseKeysOfPrototypes(value: unknown): void {
  if (!isObject(value)) return;
  const field = ['__proto__', 'constructor'].find((key) => Object.hasOwn(value, key));
  if (field) throw StowageError.validation([unknownField(field)]);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
