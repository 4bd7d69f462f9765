import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import type { Broker } from '@stowage/messaging';
import { PermissionsModule, type TokenVerifierOptions } from '@stowage/permissions';
import { BackupsModule } from './backups/backups.module.js';
import { BrokerModule } from './broker.module.js';
import { DatabaseModule } from './database/database.module.js';
import { EgressAllowancesModule } from './egress-allowances/egress-allowances.module.js';
import type { GatewayEnvironment } from './environment.js';
import { EnvironmentModule } from './environment.module.js';
import { HealthModule } from './health/health.module.js';
import { RouteTable } from './http/route-table.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { OperationsModule } from './operations/operations.module.js';
import { LinkInterceptor } from './paging/link.interceptor.js';
import { PlatformStorageModule } from './platform-storage/platform-storage.module.js';
import { ProblemFilter } from './problem.filter.js';
import { StorageAuditModule } from './storage-audit/storage-audit.module.js';
import { StorageConfigsModule } from './storage-configs/storage-configs.module.js';
import { StorageEventsModule } from './storage-events/storage-events.module.js';
import { StorageHistoryModule } from './storage-history/storage-history.module.js';
import { StorageKeysModule } from './storage-keys/storage-keys.module.js';
import { StorageProvidersModule } from './storage-providers/storage-providers.module.js';
import { StorageSettingsModule } from './storage-settings/storage-settings.module.js';
import { StorageToolsModule } from './storage-tools/storage-tools.module.js';
import { TestRatesModule } from './test-rates/test-rates.module.js';
import { OnlyNamedInputInterceptor } from './validation/only-named-input.interceptor.js';
import { StrictValidationPipe } from './validation/strict-validation.pipe.js';
import { WorkerModule } from './worker/worker.module.js';

export interface GatewayOptions {
  environment: GatewayEnvironment;
  broker: Broker;
  /** `none` switches the rates of tests off, for measuring and for tests of other things. Default `shared`. */
  testRates?: 'shared' | 'none';
}

@Module({})
export class GatewayModule {
  /** The whole gateway over any broker: RabbitMQ, or the in-process one of tests and of a start on nothing but Node. */
  static forRoot({ environment, broker, testRates = 'shared' }: GatewayOptions): DynamicModule {
    return {
      module: GatewayModule,
      imports: [
        EnvironmentModule.forRoot(environment),
        BrokerModule.forRoot(broker),
        PermissionsModule.forRoot(tokenRules(environment)),
        MetricsModule,
        DatabaseModule,
        WorkerModule,
        TestRatesModule.forRoot(testRates),
        HealthModule,
        StorageConfigsModule,
        StorageHistoryModule,
        PlatformStorageModule,
        StorageSettingsModule,
        EgressAllowancesModule,
        StorageAuditModule,
        StorageProvidersModule,
        StorageToolsModule,
        StorageKeysModule,
        StorageEventsModule,
        OperationsModule,
        BackupsModule,
      ],
      providers: [
        RouteTable,
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_PIPE, useClass: StrictValidationPipe },
        { provide: APP_INTERCEPTOR, useClass: OnlyNamedInputInterceptor },
        { provide: APP_INTERCEPTOR, useClass: LinkInterceptor },
      ],
    };
  }
}

/** environment.ts has seen to it that exactly one of the two is set. */
function tokenRules({ JWT_SECRET, JWT_JWKS_URL, JWT_ISSUER, JWT_AUDIENCE }: GatewayEnvironment): TokenVerifierOptions {
  const rules = { issuer: JWT_ISSUER, audience: JWT_AUDIENCE };
  return JWT_SECRET === null ? { jwksUrl: JWT_JWKS_URL!, ...rules } : { secret: JWT_SECRET, ...rules };
}
