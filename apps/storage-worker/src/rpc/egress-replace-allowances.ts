import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { EgressAllowances, type GatewayEgressReplace } from '@stowage/contracts';
import { MessageContext, OnGatewayRequest } from '@stowage/messaging/nest';
import { AllowanceReplacement } from '../egress/allowance-replacement.js';
import { readRequested } from '../storage-configs/requested-config.js';
import { RequestOutcomes } from '../writes/request-outcomes.js';
import { writeContextOf } from './gateway-context.js';

@Controller()
export class EgressReplaceAllowances {
  constructor(
    private readonly outcomes: RequestOutcomes,
    private readonly allowances: AllowanceReplacement,
  ) {}

  @OnGatewayRequest('egress.replace_allowances')
  handle(@Payload() request: GatewayEgressReplace, @Ctx() context: MessageContext): Promise<EgressAllowances> {
    return this.outcomes.once(request.request_id, () =>
      this.allowances.replace(readRequested(EgressAllowances, request.config, null), writeContextOf(request, context)),
    );
  }
}
