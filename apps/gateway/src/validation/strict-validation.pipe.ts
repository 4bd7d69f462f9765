import { type ArgumentMetadata, Injectable, ValidationPipe } from '@nestjs/common';
import { StowageError } from '@stowage/contracts';
import { toFieldErrors } from './field-errors.js';

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
    if (metadata.type !== 'body') return super.transform(value, metadata);
    const body = value === undefined ? {} : value;
    if (!isObject(body)) {
      throw StowageError.validation([{ field: '', code: 'isObject', message: 'The body must be a JSON object' }]);
    }
    return super.transform(body, metadata);
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
