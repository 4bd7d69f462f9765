import type { OpenDriver } from '../driver.js';
import { StorageFailure } from '../failure.js';

export const openFtp: OpenDriver = () => Promise.reject(new StorageFailure('operation.failed'));
