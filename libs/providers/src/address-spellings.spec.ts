import { StowageError } from '@stowage/contracts';
import { checkFields } from './check-fields.js';

const KEYS = { access_key: 'AKEXAMPLE', secret_key: 'secret' };
const ADDRESS = '93.184.216.34';

/** Where the secrets would go, and what was said of it; else why not. */
function read(provider: 'minio' | 'sftp' | 'ftp', field: 'endpoint_url' | 'host', text: string) {
  try {
    const bucket = provider === 'minio' ? { bucket: 'backups' } : {};
    const { fields, warnings } = checkFields(provider, { ...KEYS, ...bucket, [field]: text });
    return { place: fields.endpoint_url ?? fields.host, said: warnings.map(({ message }) => message).join('\n') };
  } catch (error) {
    if (!(error instanceof StowageError)) throw error;
    return { refused: (error.errors ?? []).map(({ message }) => message).join('\n') };
  }
}

describe('an address in another spelling', () => {
  it.each([
    '0x5db8d822',
    '0x5DB8D822',
    '1572395042',
    '013556154042',
    '0x5d.0xb8.0xd8.0x22',
    '0135.0270.0330.042',
    '93.184.55330',
    '93.12113954',
    '93.184.216.34.',
    '９３.１８４.２１６.３４',
    '93。184。216。34',
    '93．184．216．34',
    '93｡184｡216｡34',
    '①③⑤.184.216.34',
  ])('%s is read as the one that it leads to, and that is said, in every field', (text) => {
    const address = text.startsWith('①') ? '135.184.216.34' : ADDRESS;
    for (const scheme of ['', '//', 'https://', 'https:////', 'https:/', 'https//']) {
      const { place, said } = read('minio', 'endpoint_url', `${scheme}${text}`);
      expect({ scheme, place, said }).toEqual({
        scheme,
        place: `https://${address}`,
        said: `endpoint_url is kept as https://${address}`,
      });
    }
    expect(read('minio', 'endpoint_url', `http://${text}:9000`)).toEqual({
      place: `http://${address}:9000`,
      said: `endpoint_url is kept as http://${address}:9000`,
    });
    for (const provider of ['sftp', 'ftp'] as const) {
      for (const field of ['host', 'endpoint_url'] as const) {
        for (const given of [text, `//${text}`, `${provider}://${text}`, `${provider}:////${text}`]) {
          expect(read(provider, field, given)).toMatchObject({
            place: address,
            said: expect.stringContaining(`host is kept as ${address}`) as string,
          });
        }
      }
    }
  });

  it.each([
    ['minio。example。com', 'minio.example.com'],
    ['ｍｉｎｉｏ．example．com', 'minio.example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['https:////minio.example.com', 'minio.example.com'],
    ['https:/minio.example.com', 'minio.example.com'],
    ['////minio.example.com', 'minio.example.com'],
  ])('%s is read as %s, and that is said', (text, host) => {
    expect(read('minio', 'endpoint_url', text)).toEqual({
      place: `https://${host}`,
      said: `endpoint_url is kept as https://${host}`,
    });
  });

  it.each(['https://minio.example.com', 'https://minio.example.com/', 'HTTPS://Minio.example.com:443'])(
    '%s is kept without a word',
    (text) => {
      expect(read('minio', 'endpoint_url', text)).toEqual({ place: 'https://minio.example.com', said: '' });
    },
  );

  it.each([
    '0x5db8d8220',
    '4294967296',
    '93.184.216.256',
    '093.184.216.34.5',
    '256.1',
    '1.2.3.4.5',
    'minio..example',
    'minio.example.com..',
    '[::ffff:93.184.216.256]',
    '[::1',
  ])('%s, which is none, is refused everywhere', (text) => {
    expect(read('minio', 'endpoint_url', `https://${text}`)).toHaveProperty('refused');
    expect(read('sftp', 'host', text)).toHaveProperty('refused');
    expect(read('ftp', 'endpoint_url', `ftp://${text}`)).toHaveProperty('refused');
  });

  it('with two protocols is refused, and not taken for a host by the name of one', () => {
    const refused = 'must name its protocol once';
    expect(read('minio', 'endpoint_url', 'https://https://minio.example.com').refused).toContain(refused);
    for (const field of ['host', 'endpoint_url'] as const) {
      expect(read('sftp', field, 'sftp://https://minio.example.com').refused).toContain(refused);
    }
  });
});
