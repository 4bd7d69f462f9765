import { Global, Module } from '@nestjs/common';
import { AuditChain } from './audit-chain.js';
import { RefusalAudit } from './refusal-audit.js';
import { ReleaseAudit } from './release-audit.js';
import { UnopenedAudit } from './unopened-audit.js';

@Global()
@Module({
  providers: [AuditChain, RefusalAudit, ReleaseAudit, UnopenedAudit],
  exports: [RefusalAudit, ReleaseAudit, UnopenedAudit],
})
export class AuditModule {}
