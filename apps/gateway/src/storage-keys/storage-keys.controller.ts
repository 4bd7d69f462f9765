import { Controller, Get, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { WorkerKeys } from '@stowage/encryption';
import { Public } from '@stowage/permissions';
import { Answers } from '../docs/answers.decorator.js';
import { ENVIRONMENT } from '../environment.module.js';
import type { GatewayEnvironment } from '../environment.js';
import { WorkerPublicKeys } from './worker-keys.dto.js';

@ApiTags('Keys')
@Controller('api/v1/backups/storage-keys')
export class StorageKeysController {
  constructor(@Inject(ENVIRONMENT) private readonly environment: GatewayEnvironment) {}

  @Get()
  @Answers({
    status: 200,
    summary: "The worker's public keys",
    description: 'Services seal secrets to the first `enc` key and verify replies with the `sig` keys.',
    type: WorkerPublicKeys,
  })
  @Public()
  get(): WorkerKeys {
    return this.environment.WORKER_PUBLIC_KEYS_FILE;
  }
}
