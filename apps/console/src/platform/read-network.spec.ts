import { readNetwork } from './read-network.js';

const ENTRIES = { cidr: '10.0.0.0/24', ports: '22', providers: ['sftp' as const], organizations: '', note: '' };

describe('readNetwork', () => {
  it('takes ports by commas or blanks', () => {
    const network = readNetwork({ ...ENTRIES, cidr: ' 10.20.0.0/16 ', ports: '9000, 9001 443' });
    expect(network).toEqual({
      cidr: '10.20.0.0/16',
      ports: [9000, 9001, 443],
      providers: ['sftp'],
      organization_ids: null,
      note: null,
    });
  });

  it('opens it to the organizations that are named, and to all where none is', () => {
    expect(readNetwork({ ...ENTRIES, organizations: 'a, b' }).organization_ids).toEqual(['a', 'b']);
    expect(readNetwork({ ...ENTRIES, organizations: ' ' }).organization_ids).toBeNull();
  });

  it('leaves it to the API to refuse that there is no port', () => {
    expect(readNetwork({ ...ENTRIES, ports: '', note: ' nas ' })).toMatchObject({ ports: [], note: 'nas' });
  });
});
