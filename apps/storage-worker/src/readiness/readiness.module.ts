import { Module } from '@nestjs/common';
import { Readiness } from './readiness.js';
import { ReadinessController } from './readiness.controller.js';

@Module({ controllers: [ReadinessController], providers: [Readiness] })
export class ReadinessModule {}
