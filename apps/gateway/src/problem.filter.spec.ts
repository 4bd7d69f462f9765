import { ERRORS, type ErrorCode, StowageError } from '@stowage/contracts';
import { toProblem } from './problem.filter.js';

describe('toProblem', () => {
  it.each(Object.keys(ERRORS) as ErrorCode[])('gives %s the status and title of the catalogue', (code) => {
    expect(toProblem(new StowageError(code, 'What happened.'), 'id-1')).toEqual({
      type: `urn:stowage:error:${code}`,
      title: ERRORS[code].title,
      status: ERRORS[code].status,
      detail: 'What happened.',
      code,
      request_id: 'id-1',
    });
  });

  it('tells nothing of what was not thrown on purpose', () => {
    const problem = toProblem(new Error('connect postgres://gateway:password@db'), 'id-1');
    expect(problem.status).toBe(500);
    expect(JSON.stringify(problem)).not.toContain('password');
  });
});
