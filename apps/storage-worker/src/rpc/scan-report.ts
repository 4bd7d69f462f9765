import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { GatewayScanReport } from '@stowage/contracts';
import { AuditEntryEntity } from '@stowage/entities';
import { MessageContext, OnGatewayRequest } from '@stowage/messaging/nest';
import { IsNull, MoreThan } from 'typeorm';
import { MESSAGE } from '../validation/message-pipe.js';
import { recordAudit } from '../writes/audit.js';
import { RequestOutcomes } from '../writes/request-outcomes.js';
import { WriteTransactions } from '../writes/write-transactions.js';
import { writeContextOf } from './gateway-context.js';

const ACTION = 'egress.scan_suspected';
const HOUR_MS = 3_600_000;

/** Keeps in the audit that an organization seems to look for hosts: once an hour, however often it is refused. */
@Controller()
export class ScanReport {
  constructor(
    private readonly outcomes: RequestOutcomes,
    private readonly transactions: WriteTransactions,
  ) {}

  @OnGatewayRequest('egress.report_scan')
  handle(@Payload(MESSAGE) request: GatewayScanReport, @Ctx() context: MessageContext): Promise<null> {
    const { organization_id: organizationId, scan } = request;
    const write = writeContextOf(request, context);
    return this.outcomes.once(request, () =>
      this.transactions.run(write, organizationId, async (manager) => {
        const known = await manager.existsBy(AuditEntryEntity, {
          organizationId: organizationId ?? IsNull(),
          action: ACTION,
          createdAt: MoreThan(new Date(Date.now() - HOUR_MS)),
        });
        if (known) return null;
        const { actor, ip } = write;
        const detail = { host: scan.host, port: scan.port };
        await recordAudit(manager, { organizationId, storageConfigId: null, actor, ip, action: ACTION, detail });
        return null;
      }),
    );
  }
}
