import { Body, Controller, Get, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { IsUUID } from 'class-validator';
import { BackupsService, type WrittenBackup } from './backups.service.js';

class BackUp {
  @IsUUID()
  organization_id!: string;

  @IsUUID()
  environment_id!: string;
}

class Restore {
  @IsUUID()
  organization_id!: string;

  @IsUUID()
  storage_config_id!: string;
}

@Controller()
export class BackupsController {
  constructor(private readonly backups: BackupsService) {}

  @Post('backups')
  backUp(@Body() body: BackUp): Promise<WrittenBackup> {
    return this.backups.backUp(body.organization_id, body.environment_id);
  }

  @Post('backups/:id/restore')
  async restore(@Param('id', ParseUUIDPipe) id: string, @Body() body: Restore): Promise<{ folder: string }> {
    return { folder: await this.backups.restore(body.organization_id, body.storage_config_id, id) };
  }

  @Get('health')
  health(): { status: 'ok' } {
    return { status: 'ok' };
  }
}
