import { verdictOn } from './verdict.js';

describe('the verdict on the advisories', () => {
  it('is clean where nothing severe is known', () => {
    const vulnerabilities = { mild: { severity: 'moderate' } };
    expect(verdictOn(JSON.stringify({ auditReportVersion: 2, vulnerabilities }))).toEqual({ kind: 'clean' });
  });

  it('names what is severe', () => {
    const vulnerabilities = { mild: { severity: 'low' }, bad: { severity: 'high' }, worse: { severity: 'critical' } };
    expect(verdictOn(JSON.stringify({ auditReportVersion: 2, vulnerabilities }))).toEqual({
      kind: 'findings',
      packages: ['bad (high)', 'worse (critical)'],
    });
  });

  it.each([
    ['{"message":"405 Method Not Allowed","method":"POST"}', '405 Method Not Allowed'],
    ['{"error":{"summary":"offline"}}', 'offline'],
    ['{"auditReportVersion":2}', '{"auditReportVersion":2}'],
    ['<html>', '<html>'],
    ['', 'no answer'],
  ])('takes %s for no answer, never for a clean one', (output, reason) => {
    expect(verdictOn(output)).toEqual({ kind: 'unanswered', reason });
  });
});
