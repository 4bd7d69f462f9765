import { reasonOf } from './reason-of.js';

describe('the reason for a lost connection or channel', () => {
  it('is what the broker calls it, without what it quotes', () => {
    const error = new Error(
      `Channel closed by server: 406 (PRECONDITION-FAILED) with message "user_id property set to 'canary'"`,
    );
    expect(reasonOf(error)).toBe('Error 406 (PRECONDITION-FAILED)');
  });

  it('is the code of the operating system where nobody answers', () => {
    expect(reasonOf(Object.assign(new Error('connect ECONNREFUSED canary'), { code: 'ECONNREFUSED' }))).toBe(
      'Error ECONNREFUSED',
    );
  });
});
