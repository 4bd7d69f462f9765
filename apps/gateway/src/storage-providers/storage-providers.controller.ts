import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { PROVIDERS } from '@stowage/contracts';
import { Authenticated } from '@stowage/permissions';
import { DESCRIPTIONS, type ProviderDescription } from '@stowage/providers';
import { Answers } from '../docs/answers.decorator.js';
import { StorageProvider } from './provider-description.dto.js';

@ApiTags('Settings')
@Controller('api/v1/backups/storage-providers')
export class StorageProvidersController {
  @Get()
  @Answers({
    status: 200,
    summary: 'The kinds of storage',
    description:
      'Field descriptions from which forms are drawn, and facts to compare by. All kinds, also those switched off.',
    type: StorageProvider,
    isArray: true,
  })
  @Authenticated()
  list(): ProviderDescription[] {
    return PROVIDERS.map((provider) => DESCRIPTIONS[provider]);
  }
}
