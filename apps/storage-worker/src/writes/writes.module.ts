import { Global, Module } from '@nestjs/common';
import { RequestOutcomes } from './request-outcomes.js';
import { WriteTransactions } from './write-transactions.js';

@Global()
@Module({
  providers: [WriteTransactions, RequestOutcomes],
  exports: [WriteTransactions, RequestOutcomes],
})
export class WritesModule {}
