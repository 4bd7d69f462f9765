import { Injectable } from '@nestjs/common';
import { inTenants, type Tenant } from '@stowage/entities';
import { DataSource, type EntityManager } from 'typeorm';

type Work<T> = (manager: EntityManager) => Promise<T>;

/**
 * The door to the database for what the worker does on somebody's behalf; beside it only the rooms that work for every
 * tenant hold the DataSource (docs/decisions/0010). Each call is a transaction.
 */
@Injectable()
export class Tenants {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * For an organization: its own rows, and no others. For the platform (null): all, as its storage holds the backups of
   * every organization.
   */
  run<T>(tenant: Tenant, work: Work<T>): Promise<T> {
    return tenant === null ? this.dataSource.transaction(work) : inTenants(this.dataSource, [tenant], work);
  }

  /** For an organization that may be using the platform's storage: its own rows and the platform's. */
  runWithPlatform<T>(tenant: Tenant, work: Work<T>): Promise<T> {
    return tenant === null ? this.dataSource.transaction(work) : inTenants(this.dataSource, [tenant, null], work);
  }
}
