import { Body, Controller, Get, Patch } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { StorageSettings, UpdateStorageSettings } from '@stowage/contracts';
import { Authenticated, RequirePlatformPermission } from '@stowage/permissions';
import { Answers } from '../docs/answers.decorator.js';
import { From, type Origin } from '../requests/origin.js';
import { StorageSettingsService } from './storage-settings.service.js';

@ApiTags('Settings')
@Controller('api/v1/backups/storage-settings')
export class StorageSettingsController {
  constructor(private readonly settings: StorageSettingsService) {}

  @Get()
  @Answers({ status: 200, summary: 'What the platform offers', type: StorageSettings })
  @Authenticated()
  get(): Promise<StorageSettings> {
    return this.settings.get();
  }

  @Patch()
  @Answers({
    status: 200,
    summary: 'Change what the platform offers',
    description: 'What an environment variable of the platform fixes cannot be changed here.',
    type: StorageSettings,
    refuses: [409, 413, 415],
  })
  @RequirePlatformPermission('platform.storage.update')
  update(@Body() body: UpdateStorageSettings, @From() from: Origin): Promise<StorageSettings> {
    return this.settings.update(body, from);
  }
}
