import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { EgressAllowances, GatewayEgressReplace } from '@stowage/contracts';
import { MessageContext, OnGatewayRequest } from '@stowage/messaging/nest';
import { AllowanceReplacement } from '../egress/allowance-replacement.js';
import { readRequested } from '../storage-configs/requested-config.js';
import { MESSAGE } from '../validation/message-pipe.js';
import { RequestOutcomes } from '../writes/request-outcomes.js';
import { writeContextOf } from './gateway-context.js';

@Controller()
export class EgressReplaceAllowances {
  constructor(
    private readonly outcomes: RequestOutcomes,
    private readonly allowances: AllowanceReplacement,
  ) {}

  @OnGatewayRequest('egress.replace_allowances')
  handle(@Payload(MESSAGE) request: GatewayEgressReplace, @Ctx() context: MessageContext): Promise<EgressAllowances> {
    return this.outcomes.once(request, () =>
      this.allowances.replace(readRequested(EgressAllowances, request.config, null), writeContextOf(request, context)),
    );
  }
}
