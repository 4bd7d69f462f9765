import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Keys } from './keys.js';

/** Refuses to start with a keyring that cannot open every row: better no worker than one that loses storages one by one. */
@Injectable()
export class KeyCheck implements OnModuleInit {
  constructor(
    private readonly keys: Keys,
    private readonly dataSource: DataSource,
  ) {}

  async onModuleInit(): Promise<void> {
    const used: { kid: string; configs: number }[] = await this.dataSource.query(
      'SELECT credentials_kid AS kid, count(*)::int AS configs FROM storage_configs GROUP BY credentials_kid',
    );
    const missing = this.keys.missing(used.map(({ kid }) => kid));
    if (missing.length === 0) return;
    const lines = used
      .filter(({ kid }) => missing.includes(kid))
      .map(({ kid, configs }) => `  - ${kid}, which seals ${configs} storage configurations`);
    throw new Error(`ENCRYPTION_KEYRING_FILE lacks keys that are in use; put them back:\n${lines.join('\n')}`);
  }
}
