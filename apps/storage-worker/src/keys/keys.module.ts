import { Global, Module } from '@nestjs/common';
import type { WorkerEnvironment } from '../environment.js';
import { ENVIRONMENT } from '../environment.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { KeyWatch } from './key-watch.js';
import { Keys } from './keys.js';
import { type LoadedKeys, loadKeys } from './load-keys.js';
import { UnopenedRecords } from './unopened-records.js';
import { WatchedKeys } from './watched-keys.js';

const LOADED = Symbol('LOADED');

@Global()
@Module({
  imports: [MetricsModule],
  providers: [
    { provide: LOADED, inject: [ENVIRONMENT], useFactory: (environment: WorkerEnvironment) => loadKeys(environment) },
    { provide: WatchedKeys, inject: [LOADED], useFactory: ({ provider }: LoadedKeys) => provider },
    {
      provide: Keys,
      inject: [LOADED, UnopenedRecords],
      useFactory: ({ provider, workerKeys }: LoadedKeys, unopened: UnopenedRecords) =>
        new Keys(provider, workerKeys, (reason) => unopened.count(reason)),
    },
    UnopenedRecords,
    KeyWatch,
  ],
  exports: [Keys, WatchedKeys],
})
export class KeysModule {}
