import { generateKeyPairSync } from 'node:crypto';
import { generateSealingKey } from '@stowage/encryption';
import { signDevelopmentToken } from '@stowage/permissions';
import { secretsIn } from './secret-patterns.js';

describe('what looks like a secret', () => {
  it('is found', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    expect(secretsIn(pem)).toEqual(['a private key']);
    expect(secretsIn(JSON.stringify(pem))).toEqual(['a private key']);
    expect(secretsIn(JSON.stringify(generateSealingKey()))).toEqual(['a private JWK']);
    const token = await signDevelopmentToken({ secret: 'x'.repeat(32), subject: 'u', organizations: {} });
    expect(secretsIn(`Bearer ${token}`)).toEqual(['a JWT']);
    expect(secretsIn(`key = ${['AKIA', 'J5Q7Z2M4X8C1V6B3'].join('')}`)).toEqual(['an AWS access key']);
    expect(secretsIn(['//host/:_auth', 'Token=x'].join(''))).toEqual(['a token of a registry']);
  });

  it('is not seen in examples and names', () => {
    expect(
      secretsIn('AKIAIOSFODNN7EXAMPLE, YOUR_ACCESS_KEY, eyJhbGciOiJub25lIn0, -----BEGIN PRIVATE KEY-----'),
    ).toEqual([]);
  });
});
