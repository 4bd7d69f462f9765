import { Injectable } from '@nestjs/common';
import { type AllowedNetwork, type EgressAllowances, type FieldError, StowageError } from '@stowage/contracts';
import { EgressAllowanceEntity, toAllowedNetwork } from '@stowage/entities';
import { problemsOfAllowance } from '@stowage/providers';
import { recordAudit } from '../writes/audit.js';
import { recordSettingsChanged } from '../writes/settings-event.js';
import type { WriteContext } from '../writes/write-context.js';
import { WriteTransactions } from '../writes/write-transactions.js';

@Injectable()
export class AllowanceReplacement {
  constructor(private readonly transactions: WriteTransactions) {}

  /** The list as it is then. @throws StowageError `request.validation` that names each bad entry */
  async replace({ allowances }: EgressAllowances, context: WriteContext): Promise<EgressAllowances> {
    refuseUnsound(allowances);
    const rows = allowances.map(toRow);
    return this.transactions.run(context, null, async (manager) => {
      const before = await manager.find(EgressAllowanceEntity);
      await manager.query('DELETE FROM egress_allowances');
      await manager.insert(EgressAllowanceEntity, rows);
      const { actor, ip } = context;
      await recordAudit(manager, {
        organizationId: null,
        storageConfigId: null,
        actor,
        ip,
        action: 'egress.allowances.replace',
        detail: { before: before.map(({ cidr }) => cidr), after: rows.map(({ cidr }) => cidr) },
      });
      await recordSettingsChanged(manager, ['egress_allowances'], context);
      return { allowances: rows.map(toAllowedNetwork) };
    });
  }
}

function refuseUnsound(allowances: AllowedNetwork[]): void {
  const errors: FieldError[] = allowances.flatMap(({ cidr, ports, providers }, index) =>
    problemsOfAllowance({ cidr, ports, providers }).map((problem) => ({
      field: `allowances[${index}]`,
      code: 'egress.allowance',
      message: `allowances[${index}]: ${problem}`,
    })),
  );
  if (errors.length > 0) throw StowageError.validation(errors);
}

function toRow({ cidr, ports, providers, organization_ids, note }: AllowedNetwork, position: number) {
  const organizationIds = organization_ids?.map((id) => id.toLowerCase()) ?? null;
  return { position, cidr, ports, providers, organizationIds, note: note ?? null };
}
