import { type DynamicModule, Module } from '@nestjs/common';
import type { Broker } from '@stowage/messaging';
import { AuditModule } from './audit/audit.module.js';
import { BackupsModule } from './backups/backups.module.js';
import { BrokerModule } from './broker.module.js';
import { CommandsModule } from './commands/commands.module.js';
import { DatabaseAway } from './database-away.js';
import { DatabaseModule } from './database.module.js';
import { EgressModule } from './egress/egress.module.js';
import type { WorkerEnvironment } from './environment.js';
import { EnvironmentModule } from './environment.module.js';
import { HealthModule } from './health/health.module.js';
import { KeysModule } from './keys/keys.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { OperationsModule } from './operations/operations.module.js';
import { OutboxRelayModule } from './outbox/outbox-relay.module.js';
import { ProbePoolModule } from './probe-pool/probe-pool.module.js';
import { ReadinessModule } from './readiness/readiness.module.js';
import { RetentionModule } from './retention/retention.module.js';
import { RpcModule } from './rpc/rpc.module.js';
import { ServiceRegistryModule } from './service-registry/service-registry.module.js';
import { StorageConfigsModule } from './storage-configs/storage-configs.module.js';
import { StorageSettingsModule } from './storage-settings/storage-settings.module.js';
import { UsageModule } from './usage/usage.module.js';
import { TenantsModule } from './tenants/tenants.module.js';
import { WritesModule } from './writes/writes.module.js';

export interface WorkerOptions {
  environment: WorkerEnvironment;
  broker: Broker;
}

@Module({})
export class WorkerModule {
  /** The whole worker over any broker: RabbitMQ, or the in-process one of tests and of a start on nothing but Node. */
  static forRoot({ environment, broker }: WorkerOptions): DynamicModule {
    return {
      module: WorkerModule,
      imports: [
        EnvironmentModule.forRoot(environment),
        BrokerModule.forRoot(broker),
        MetricsModule,
        ReadinessModule,
        DatabaseModule,
        TenantsModule,
        WritesModule,
        EgressModule,
        KeysModule,
        AuditModule,
        ServiceRegistryModule,
        StorageSettingsModule,
        StorageConfigsModule,
        ProbePoolModule,
        OperationsModule,
        CommandsModule,
        UsageModule,
        BackupsModule,
        HealthModule,
        OutboxRelayModule,
        RetentionModule,
        RpcModule,
      ],
      providers: [DatabaseAway],
    };
  }
}
