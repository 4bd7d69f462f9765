import { Module } from '@nestjs/common';
import { EgressAllowancesController } from './egress-allowances.controller.js';
import { EgressAllowancesService } from './egress-allowances.service.js';

@Module({ controllers: [EgressAllowancesController], providers: [EgressAllowancesService] })
export class EgressAllowancesModule {}
