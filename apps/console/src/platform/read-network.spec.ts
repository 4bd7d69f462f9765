import { readNetwork } from './read-network.js';

describe('readNetwork', () => {
  it('takes ports by commas or blanks', () => {
    const network = readNetwork({ cidr: ' 10.20.0.0/16 ', ports: '9000, 9001 443', provider: 'minio', note: '' });
    expect(network).toEqual({ cidr: '10.20.0.0/16', ports: [9000, 9001, 443], providers: ['minio'], note: null });
  });

  it('leaves it to the API to refuse that there is no port', () => {
    expect(readNetwork({ cidr: '10.0.0.0/24', ports: '', provider: 'sftp', note: ' nas ' })).toMatchObject({
      ports: [],
      note: 'nas',
    });
  });
});
