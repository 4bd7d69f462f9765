import { Module } from '@nestjs/common';
import { AuditChain } from './audit-chain.js';

@Module({ providers: [AuditChain] })
export class AuditModule {}
