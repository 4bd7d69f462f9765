import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import type { Provider } from '@stowage/contracts';

/** The one row of settings that the platform administrator changes; environment variables overrule it. */
@Entity('platform_settings')
@Check('platform_settings_one_row', 'id = 1')
export class PlatformSettingsEntity {
  @PrimaryColumn('int')
  id!: 1;

  @Column('text', { name: 'enabled_providers', array: true })
  enabledProviders!: Provider[];

  @Column('boolean', { name: 'allow_org_byos' })
  allowOrgByos!: boolean;
}
