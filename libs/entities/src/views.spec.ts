import { BackupEntity } from './backup.entity.js';
import { StorageConfigEntity } from './storage-config.entity.js';
import { toBackup, toStorageConfig } from './views.js';

const NOW = new Date('2026-04-01T00:00:00.000Z');

describe('toStorageConfig', () => {
  it('shows times in UTC, absent values as null, and nothing of the sealed credentials', () => {
    const shown = toStorageConfig(config({ lastUsedAt: null, credentialsCt: Buffer.from('sealed') }), NOW);
    expect(shown).toMatchObject({ created_at: '2026-03-31T00:00:00.000Z', last_used_at: null });
    expect(JSON.stringify(shown)).not.toContain('sealed');
  });

  it.each([
    ['2026-03-31T00:00:00.001Z', 0, false],
    ['2026-01-02T00:00:00.000Z', 89, false],
    ['2026-01-01T00:00:00.000Z', 90, true],
    // The clock of the database may be ahead.
    ['2026-04-01T00:00:01.000Z', 0, false],
  ])('counts the age of credentials of %s as %d days', (updatedAt, ageDays, isDue) => {
    const { credentials } = toStorageConfig(config({ credentialsUpdatedAt: new Date(updatedAt) }), NOW);
    expect([credentials.age_days, credentials.rotation_due]).toEqual([ageDays, isDue]);
  });
});

describe('toBackup', () => {
  it('has no view of a failed or deleted backup', () => {
    const backup = Object.assign(new BackupEntity(), { state: 'deleted', completedAt: null });
    expect(() => toBackup(backup)).toThrow('deleted');
    expect(toBackup(Object.assign(backup, { state: 'running' }))).toMatchObject({
      status: 'running',
      completed_at: null,
    });
  });
});

function config(fields: Partial<StorageConfigEntity>): StorageConfigEntity {
  const day = new Date('2026-03-31T00:00:00.000Z');
  const set = { createdAt: day, updatedAt: day, credentialsUpdatedAt: day };
  const unset = { checkedAt: null, failingSince: null, lastUsedAt: null };
  return Object.assign(new StorageConfigEntity(), set, unset, fields);
}
