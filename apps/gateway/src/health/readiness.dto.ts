import { Describe } from '@stowage/contracts';
import type { BrokerStatus } from '@stowage/messaging';
import { IsBoolean, IsIn } from 'class-validator';

export class Liveness {
  @Describe('It answers, so it lives.', 'live')
  @IsIn(['live'])
  status!: 'live';
}

export class Readiness {
  @Describe('degraded: reading works, writing and testing may not. unready: send nothing here.', 'ready')
  @IsIn(['ready', 'degraded', 'unready'])
  status!: 'ready' | 'degraded' | 'unready';

  @Describe('Whether the database answers.', 'up')
  @IsIn(['up', 'down'])
  database!: 'up' | 'down';

  @Describe('in-process: for development only, without other services.', 'up')
  @IsIn(['connecting', 'up', 'blocked', 'closed', 'in-process'])
  broker!: BrokerStatus['state'] | 'in-process';

  @Describe('Whether the process is about to end.', false)
  @IsBoolean()
  draining!: boolean;
}
