import { Global, Module } from '@nestjs/common';
import { AuditChain } from './audit-chain.js';
import { ReleaseAudit } from './release-audit.js';

@Global()
@Module({ providers: [AuditChain, ReleaseAudit], exports: [ReleaseAudit] })
export class AuditModule {}
