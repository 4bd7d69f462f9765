import { Global, Module } from '@nestjs/common';
import { ENVIRONMENT } from '../environment.module.js';
import { EGRESS_POLICY, egressPolicyOf } from './egress-policy.js';

@Global()
@Module({
  providers: [{ provide: EGRESS_POLICY, inject: [ENVIRONMENT], useFactory: egressPolicyOf }],
  exports: [EGRESS_POLICY],
})
export class EgressModule {}
