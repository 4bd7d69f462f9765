import { evidenceOf } from './evidence.js';

describe('evidence', () => {
  it('loses what controls a terminal or reorders text', () => {
    expect(evidenceOf('\u001b[31mred\u202e\u0007 \u200bplain\r\n500')).toBe('[31mred plain 500');
  });

  it('is cut at 200 characters', () => {
    expect(evidenceOf('x'.repeat(500))).toHaveLength(200);
  });

  it.each([
    ['as it is', 'the secret s3cr3t/+key was'],
    ['encoded for a URL', `?sig=${encodeURIComponent('s3cr3t/+key')}`],
    ['in base64', Buffer.from('s3cr3t/+key').toString('base64')],
    ['in hexadecimal', Buffer.from('s3cr3t/+key').toString('hex')],
  ])('shows no secret that the server sent back %s', (_how, words) => {
    const evidence = evidenceOf(words, { access_key: 'AKIAEXAMPLE', secret_key: 's3cr3t/+key' });
    expect(evidence).toContain('[secret]');
    expect(evidence).not.toContain('s3cr3t');
  });
});
