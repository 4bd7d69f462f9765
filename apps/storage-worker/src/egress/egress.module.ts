import { Global, Module } from '@nestjs/common';
import { ENVIRONMENT } from '../environment.module.js';
import { AllowanceReplacement } from './allowance-replacement.js';
import { EGRESS_POLICY, egressPolicyOf } from './egress-policy.js';
import { StoredAllowances } from './stored-allowances.js';

@Global()
@Module({
  providers: [
    { provide: EGRESS_POLICY, inject: [ENVIRONMENT], useFactory: egressPolicyOf },
    StoredAllowances,
    AllowanceReplacement,
  ],
  exports: [EGRESS_POLICY, AllowanceReplacement],
})
export class EgressModule {}
