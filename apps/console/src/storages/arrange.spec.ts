import type { StorageConfig } from '../api/types.js';
import { arrange, placeOf } from './arrange.js';

const config = (fields: Partial<StorageConfig>): StorageConfig =>
  ({
    name: 'Storage',
    provider: 'minio',
    bucket: 'backups',
    host: null,
    port: null,
    path_prefix: null,
    endpoint_url: null,
    region: null,
    is_default: false,
    total_size_bytes: 0,
    last_used_at: null,
    created_at: '2026-01-01T00:00:00Z',
    health: { status: 'healthy' },
    ...fields,
  }) as StorageConfig;
const names = (configs: StorageConfig[]) => configs.map(({ name }) => name);

describe('arrange', () => {
  it('finds by any of name, provider, bucket and host, whatever their order', () => {
    const configs = [
      config({ name: 'One', provider: 'cloudflare_r2' }),
      config({ name: 'Two', provider: 'sftp', host: 'nas.example.com' }),
    ];
    expect(names(arrange(configs, { query: 'R2 one', sorting: 'name' }))).toEqual(['One']);
    expect(names(arrange(configs, { query: 'nas', sorting: 'name' }))).toEqual(['Two']);
    expect(names(arrange(configs, { query: 'nas one', sorting: 'name' }))).toEqual([]);
  });

  it('puts the default one first, whatever the order', () => {
    const configs = [config({ name: 'A', total_size_bytes: 9 }), config({ name: 'B', is_default: true })];
    expect(names(arrange(configs, { query: '', sorting: 'size' }))).toEqual(['B', 'A']);
  });

  it('puts what fails before what is well', () => {
    const configs = (['healthy', 'failing', 'unverified', 'degraded'] as const).map((status) =>
      config({ name: status, health: { status } as StorageConfig['health'] }),
    );
    expect(names(arrange(configs, { query: '', sorting: 'health' }))).toEqual([
      'failing',
      'degraded',
      'unverified',
      'healthy',
    ]);
  });

  it('puts those never used last, and numbers in names in their order', () => {
    const configs = [
      config({ name: 'Never 10' }),
      config({ name: 'Never 9' }),
      config({ name: 'Used', last_used_at: '2026-01-02T00:00:00Z' }),
    ];
    expect(names(arrange(configs, { query: '', sorting: 'used' }))).toEqual(['Used', 'Never 9', 'Never 10']);
  });
});

describe('placeOf', () => {
  it.each([
    [config({ bucket: 'b', path_prefix: 'x/' }), 'b/x'],
    [config({ provider: 'sftp', host: 'h', port: 22, bucket: null }), 'h'],
    [config({ provider: 'sftp', host: 'h', port: 2222, bucket: '/srv', path_prefix: 'x/' }), 'h:2222/srv/x'],
  ])('names %j', (one, place) => {
    expect(placeOf(one)).toBe(place);
  });
});
