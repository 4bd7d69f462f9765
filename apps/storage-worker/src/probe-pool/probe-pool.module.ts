import { Global, Module } from '@nestjs/common';
import { ProbeThreads } from './probe-threads.js';
import { Prober } from './prober.js';

@Global()
@Module({ providers: [{ provide: Prober, useClass: ProbeThreads }], exports: [Prober] })
export class ProbePoolModule {}
