import { Controller, Get, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Public } from '@stowage/permissions';
import type { FastifyReply } from 'fastify';
import { Answers } from '../docs/answers.decorator.js';
import { Metrics } from './metrics.js';

@ApiTags('Health')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @Answers({ status: 200, summary: 'Metrics for Prometheus', mediaTypes: ['text/plain'] })
  @Public()
  render(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.type(this.metrics.contentType);
    return this.metrics.render();
  }
}
