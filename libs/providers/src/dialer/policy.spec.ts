import { type EgressAllowance, judgeAddress, judgePort, problemsOfAllowance } from './policy.js';
import { parseEgressAllow, parseEgressDeny, parseNameServers } from './egress-settings.js';

const NOTHING = { allow: [], deny: [], allowLoopback: false };
const MINIO_OF_A = { provider: 'minio', organizationId: 'org-a' } as const;
const OFFICE: EgressAllowance = {
  cidr: '10.20.0.0/16',
  ports: [9000],
  providers: ['minio'],
  organization_ids: ['org-a'],
};

describe('the egress policy', () => {
  it.each(['93.184.216.34', '2606:2800:220:1:248:1893:25c8:1946'])(
    'lets the public address %s be dialled',
    (address) => {
      expect(judgeAddress(NOTHING, MINIO_OF_A, address, 443)).toBe('allowed');
    },
  );

  it.each([
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '192.168.1.1',
    '192.0.2.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    '::',
    '::1',
    'fe80::1',
    'fe80::1%eth0',
    'fc00::1',
    'fd00:ec2::254',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '::ffff:a9fe:a9fe',
    '::127.0.0.1',
    '::7f00:1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    '2002:7f00:1::',
    '2001:0:7f00:1::',
    '::ffff:0:7f00:1',
    '2001:db8::1',
    'fec0::1',
    'not an address',
    '',
  ])('denies %s when nothing allows it', (address) => {
    expect(judgeAddress(NOTHING, MINIO_OF_A, address, 9000)).toBe('denied');
  });

  it('opens a private network to the provider, the port and the organization that an allowance names', () => {
    const policy = { ...NOTHING, allow: [OFFICE] };
    expect(judgeAddress(policy, MINIO_OF_A, '10.20.3.4', 9000)).toBe('allowed');
    expect(judgeAddress(policy, MINIO_OF_A, '::ffff:10.20.3.4', 9000)).toBe('allowed');
    expect(judgeAddress(policy, MINIO_OF_A, '10.21.3.4', 9000)).toBe('denied');
    expect(judgeAddress(policy, MINIO_OF_A, '10.20.3.4', 9001)).toBe('denied');
    expect(judgeAddress(policy, { ...MINIO_OF_A, organizationId: 'org-b' }, '10.20.3.4', 9000)).toBe('denied');
    expect(judgeAddress(policy, { ...MINIO_OF_A, organizationId: null }, '10.20.3.4', 9000)).toBe('denied');
    expect(judgeAddress(policy, { ...MINIO_OF_A, provider: 'sftp' }, '10.20.3.4', 9000)).toBe('denied');
  });

  it('denies a network of the deny list, public or allowed', () => {
    const policy = { ...NOTHING, allow: [OFFICE], deny: ['10.20.0.0/24', '93.184.216.0/24'] };
    expect(judgeAddress(policy, MINIO_OF_A, '10.20.0.7', 9000)).toBe('denied');
    expect(judgeAddress(policy, MINIO_OF_A, '93.184.216.34', 443)).toBe('denied');
  });

  it('opens loopback, and nothing else, in development', () => {
    const policy = { ...NOTHING, allowLoopback: true };
    expect(judgeAddress(policy, MINIO_OF_A, '127.0.0.1', 9000)).toBe('allowed');
    expect(judgeAddress(policy, MINIO_OF_A, '10.0.0.1', 9000)).toBe('denied');
    expect(judgeAddress(policy, MINIO_OF_A, '169.254.169.254', 80)).toBe('denied');
  });

  it.each([
    ['minio', 443, 'allowed'],
    ['minio', 9000, 'allowed'],
    ['minio', 22, 'denied'],
    ['sftp', 22, 'allowed'],
    ['sftp', 23, 'allowed'],
    ['ftp', 990, 'allowed'],
    ['ftp', 25, 'denied'],
    ['minio', 5432, 'denied'],
    ['sftp', 6379, 'denied'],
    ['sftp', 0, 'denied'],
    ['sftp', 65_536, 'denied'],
  ] as const)('judges port of %s %i: %s', (provider, port, verdict) => {
    expect(judgePort(NOTHING, { provider, organizationId: null }, port)).toBe(verdict);
  });

  it.each([
    ['0.0.0.0/0', 'wider than /16'],
    ['127.0.0.0/16', 'never dialled'],
    ['169.254.169.254/32', 'never dialled'],
    ['fd00::/16', 'wider than /48'],
    ['::ffff:127.0.0.0/120', 'never dialled'],
    ['10.0.0.0', 'not a network'],
  ])('refuses an allowance for %s', (cidr, problem) => {
    expect(problemsOfAllowance({ ...OFFICE, cidr }).join()).toContain(problem);
  });

  it('takes a good EGRESS_ALLOW and says what is wrong with a bad one', () => {
    expect(parseEgressAllow(JSON.stringify([OFFICE]))).toEqual([OFFICE]);
    expect(() => parseEgressAllow('[{"cidr":"10.0.0.0/8","ports":[9000],"providers":["minio"]}]')).toThrow(
      'wider than /16',
    );
    expect(() => parseEgressAllow('[{"cidr":"10.0.0.0/16"}]')).toThrow('entry 1');
    expect(() => parseEgressAllow('[{"cidr":"10.0.0.0/16","ports":[9000],"providers":["minio"],"port":1}]')).toThrow(
      'entry 1',
    );
    expect(() => parseEgressAllow('{')).toThrow('JSON');
  });

  it('takes a good EGRESS_DENY and says what is wrong with a bad one', () => {
    expect(parseEgressDeny('10.0.0.0/8, 192.168.1.7/32')).toEqual(['10.0.0.0/8', '192.168.1.7/32']);
    expect(() => parseEgressDeny('10.0.0.0/8,ten')).toThrow('ten is not a network');
  });

  it('takes good EGRESS_NAME_SERVERS and says what is wrong with bad ones', () => {
    expect(parseNameServers('10.0.0.53, [fd00::53]:5353')).toEqual(['10.0.0.53', '[fd00::53]:5353']);
    for (const bad of ['', 'dns.example', '10.0.0.53,', '10.0.0.300']) {
      expect(() => parseNameServers(bad)).toThrow('is not an address');
    }
  });
});
