import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { EgressAllowances } from '@stowage/contracts';
import { RequirePlatformPermission } from '@stowage/permissions';
import { Answers } from '../docs/answers.decorator.js';
import { From, type Origin } from '../requests/origin.js';
import { EgressAllowancesService } from './egress-allowances.service.js';

@ApiTags('Settings')
@Controller('api/v1/backups/platform/egress-allowances')
export class EgressAllowancesController {
  constructor(private readonly allowances: EgressAllowancesService) {}

  @Get()
  @Answers({
    status: 200,
    summary: 'Private networks that storage may live in',
    description: 'What `EGRESS_ALLOW` of the workers opens is open beside them and not listed.',
    type: EgressAllowances,
  })
  @RequirePlatformPermission('platform.storage.update')
  get(): Promise<EgressAllowances> {
    return this.allowances.get();
  }

  @Put()
  @Answers({
    status: 200,
    summary: 'Replace the private networks that storage may live in',
    description: 'The whole list at once. Every worker keeps to it within a second.',
    type: EgressAllowances,
    refuses: [413, 415],
  })
  @RequirePlatformPermission('platform.storage.update')
  replace(@Body() body: EgressAllowances, @From() from: Origin): Promise<EgressAllowances> {
    return this.allowances.replace(body, from);
  }
}
