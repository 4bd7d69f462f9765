import { SECRET_FIELDS } from '@stowage/contracts';
import { holdsClearSecret, withoutSecrets } from './clear-secrets.js';

const SEALED = 'eyJhbGciOiJFQ0RILUVTIn0..aXY.Y2lwaGVydGV4dA.dGFn';

describe('secrets in a command', () => {
  it('are found in clear at whatever depth', () => {
    for (const field of SECRET_FIELDS) expect(holdsClearSecret({ config: [{ [field]: 'hunter2' }] })).toBe(true);
  });

  it('are found in place of the sealed credentials', () => {
    expect(holdsClearSecret({ credentials: { access_key: 'AKIA' } })).toBe(true);
    expect(holdsClearSecret({ credentials: 'hunter2' })).toBe(true);
  });

  it('may come sealed', () => {
    expect(holdsClearSecret({ name: 'offsite', credentials: SEALED })).toBe(false);
  });

  it('are in no copy that is kept, while the rest is', () => {
    const copy = withoutSecrets({
      name: 'offsite',
      secret_key: 'hunter2',
      nested: { passphrase: ['hunter2'] },
      credentials: { any: 'hunter2' },
    });
    expect(JSON.stringify(copy)).not.toContain('hunter2');
    expect(copy).toMatchObject({ name: 'offsite' });
    expect(withoutSecrets({ credentials: SEALED })).toEqual({ credentials: SEALED });
  });
});
