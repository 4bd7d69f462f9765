import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import { ApiResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { Public } from '@stowage/permissions';
import type { FastifyReply } from 'fastify';
import { Answers } from '../docs/answers.decorator.js';
import { HealthService } from './health.service.js';
import { Liveness, Readiness } from './readiness.dto.js';

@ApiTags('Health')
@Controller('health')
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @Get('live')
  @Answers({ status: 200, summary: 'Whether the process runs', type: Liveness })
  @Public()
  live(): Liveness {
    return { status: 'live' };
  }

  @Get('ready')
  @Answers({
    status: 200,
    summary: 'Whether requests may be sent here',
    description: '503 with the same body when not: the database is away, or the process is draining.',
    type: Readiness,
  })
  @ApiResponse({
    status: 503,
    description: 'Send nothing here.',
    content: { 'application/json': { schema: { $ref: getSchemaPath(Readiness) } } },
  })
  @Public()
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<Readiness> {
    const readiness = await this.health.readiness();
    if (readiness.status === 'unready') void reply.status(HttpStatus.SERVICE_UNAVAILABLE);
    return readiness;
  }
}
