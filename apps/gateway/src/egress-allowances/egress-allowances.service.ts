import { Injectable } from '@nestjs/common';
import type { EgressAllowances, GatewayEgressReplace } from '@stowage/contracts';
import { EgressAllowanceEntity, toAllowedNetwork } from '@stowage/entities';
import { Database } from '../database/database.js';
import type { Origin } from '../requests/origin.js';
import { Worker } from '../worker/worker.js';

@Injectable()
export class EgressAllowancesService {
  constructor(
    private readonly database: Database,
    private readonly worker: Worker,
  ) {}

  async get(): Promise<EgressAllowances> {
    const rows = await this.database.read([null], (manager) =>
      manager.find(EgressAllowanceEntity, { order: { position: 'ASC' } }),
    );
    return { allowances: rows.map(toAllowedNetwork) };
  }

  async replace(body: EgressAllowances, from: Origin): Promise<EgressAllowances> {
    const request: GatewayEgressReplace = from.asking({ config: body });
    return this.worker.write('egress.replace_allowances', request);
  }
}
