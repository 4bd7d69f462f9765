import { Body, Controller, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@stowage/permissions';
import type { StoragePolicy } from '@stowage/providers';
import { Answers } from '../docs/answers.decorator.js';
import { OrganizationQuery } from '../requests/organization.query.js';
import { LeastPrivilegePolicy } from './least-privilege-policy.dto.js';
import { PolicyRequest } from './policy-request.dto.js';
import { SshKey } from './ssh-key.dto.js';
import { StorageToolsService } from './storage-tools.service.js';

@ApiTags('Storage tools')
@Controller('api/v1/backups/storage-tools')
export class StorageToolsController {
  constructor(private readonly tools: StorageToolsService) {}

  @Post('policy')
  @Answers({
    status: 200,
    summary: 'The least that a key needs',
    description: 'For this provider, bucket and prefix. Nothing is stored.',
    type: LeastPrivilegePolicy,
    refuses: [413, 415],
  })
  @RequirePermission('org.storage.create')
  policy(@Query() _organization: OrganizationQuery, @Body() body: PolicyRequest): StoragePolicy {
    return this.tools.policyFor(body);
  }

  @Post('ssh-key')
  @Answers({
    status: 200,
    summary: 'Make a key pair for SFTP',
    description: 'The private half comes sealed, for use in this organization. Nothing is stored.',
    type: SshKey,
    refuses: [413, 415],
  })
  @RequirePermission('org.storage.create')
  sshKey(@Query() { organization_id }: OrganizationQuery): Promise<SshKey> {
    return this.tools.makeSshKey(organization_id);
  }
}
