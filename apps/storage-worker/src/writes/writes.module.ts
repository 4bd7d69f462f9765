import { Global, Module } from '@nestjs/common';
import { OutcomeRetention } from './outcome-retention.js';
import { RequestOutcomes } from './request-outcomes.js';
import { WriteTransactions } from './write-transactions.js';

@Global()
@Module({
  providers: [WriteTransactions, RequestOutcomes, OutcomeRetention],
  exports: [WriteTransactions, RequestOutcomes],
})
export class WritesModule {}
