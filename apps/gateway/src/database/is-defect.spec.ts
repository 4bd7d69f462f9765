import { QueryFailedError } from 'typeorm';
import { isDefect } from './is-defect.js';

const failed = (code?: string) => new QueryFailedError('SELECT 1', [], Object.assign(new Error('x'), { code }));

describe('isDefect', () => {
  it.each(['42601', '42883', '22P02', '23505'])('SQLSTATE %s is a mistake of ours', (code) => {
    expect(isDefect(failed(code))).toBe(true);
  });

  it.each(['57P01', '57014', '53300', '08006', '3D000', '28P01', '42P01', '42501', 'ECONNRESET', undefined])(
    'SQLSTATE %s is a database that is away, slow or not ready',
    (code) => {
      expect(isDefect(failed(code))).toBe(false);
    },
  );

  it('knows a mistake in the code from a lost connection', () => {
    expect(isDefect(new TypeError('x is not a function'))).toBe(true);
    expect(isDefect(new Error('Connection terminated'))).toBe(false);
  });
});
