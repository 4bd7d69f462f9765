import { PROVIDERS } from '@stowage/contracts';
import { NO_FIELDS } from '../field-check.js';
import { StorageFailure } from '../failure.js';
import { resolveLocation } from '../resolve-location.js';
import { DIAGNOSES, type Diagnosis, type DiagnosisCode } from './catalogue.js';
import { diagnose } from './diagnose.js';

const CODES = Object.keys(DIAGNOSES) as DiagnosisCode[];
const AREAS = 'network tls ssh ftp s3 credentials permission container object quota target config operation'.split(' ');

const locationOf = (provider: (typeof PROVIDERS)[number]) =>
  resolveLocation({ ...NO_FIELDS, organization_id: null, provider, endpoint_url: 'https://s3.example.com', host: 'h' });

describe('the catalogue of diagnoses', () => {
  it.each<[DiagnosisCode, string]>([
    ['credentials.access_key_unknown', 'The AWS Access Key Id you provided does not exist in our records.'],
    ['container.not_found', 'The specified bucket does not exist'],
    ['permission.write_denied', 'Access Denied'],
    ['network.timeout', 'Connection timeout'],
    ['network.unreachable', 'Could not connect to the endpoint URL'],
    ['credentials.invalid_application_key', 'Invalid application key'],
    ['tls.self_signed', 'SSL: CERTIFICATE_VERIFY_FAILED'],
    ['ssh.authentication_failed', 'Authentication failed (publickey,password)'],
    ['network.refused', 'Connection refused'],
  ])('keeps the documented sentence of %s', (code, sentence) => {
    expect(DIAGNOSES[code].cause).toBe(sentence);
  });

  it('keeps the documented sentence of a wrong region, with both regions', () => {
    const failure = new StorageFailure('s3.region_mismatch', {
      values: { used_region: 'us-east-1', expected_region: 'eu-west-1' },
    });
    expect(diagnose(failure, locationOf('aws_s3')).cause).toBe(
      "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'",
    );
  });

  it.each(CODES)('%s has an area, a cause and a fix', (code) => {
    const diagnosis: Diagnosis = DIAGNOSES[code];
    expect(AREAS).toContain(code.split('.')[0]);
    expect(diagnosis.cause).toMatch(/^\S.*\S$/);
    expect(diagnosis.fix).toMatch(/\.$/);
  });

  it.each(PROVIDERS)('leaves no placeholder open for %s, whatever is known', (provider) => {
    for (const code of CODES) {
      const { cause, hint } = diagnose(new StorageFailure(code), locationOf(provider));
      expect(`${code}: ${cause} ${hint}`).not.toMatch(/[{}|]/);
    }
  });

  it('tells nothing of an error that is not ours', () => {
    const diagnosed = diagnose(new Error('password=hunter2'), locationOf('minio'));
    expect(diagnosed.code).toBe('operation.failed');
    expect(JSON.stringify(diagnosed)).not.toContain('hunter2');
  });
});
