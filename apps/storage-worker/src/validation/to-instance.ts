import { StowageError } from '@stowage/contracts';
import { plainToInstance } from 'class-transformer';

/**
 * Plain data as an instance of its class, not validated yet. class-transformer 0.5 calls whatever an object inside names as
 * its `constructor`.
 * @throws StowageError `request.validation`
 */
export function toInstance<T extends object>(dto: new () => T, data: object): T {
  if (Object.values(data).some(namesConstructor)) {
    throw new StowageError('request.validation', 'No member inside another may be named constructor.');
  }
  return plainToInstance(dto, data);
}

function namesConstructor(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.hasOwn(value, 'constructor') || Object.values(value).some(namesConstructor);
}
