import { Global, Module } from '@nestjs/common';
import type { WorkerEnvironment } from '../environment.js';
import { ENVIRONMENT } from '../environment.module.js';
import { KeyCheck } from './key-check.js';
import { Keys } from './keys.js';
import { loadKeys } from './load-keys.js';

@Global()
@Module({
  providers: [
    { provide: Keys, inject: [ENVIRONMENT], useFactory: (environment: WorkerEnvironment) => loadKeys(environment) },
    KeyCheck,
  ],
  exports: [Keys],
})
export class KeysModule {}
