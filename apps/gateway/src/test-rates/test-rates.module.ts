import { type DynamicModule, Global, Module } from '@nestjs/common';
import { SharedTestRates } from './shared-test-rates.js';
import { NoTestRates, TestRates } from './test-rates.js';

@Global()
@Module({})
export class TestRatesModule {
  static forRoot(kept: 'shared' | 'none'): DynamicModule {
    return {
      module: TestRatesModule,
      providers: [{ provide: TestRates, useClass: kept === 'shared' ? SharedTestRates : NoTestRates }],
      exports: [TestRates],
    };
  }
}
