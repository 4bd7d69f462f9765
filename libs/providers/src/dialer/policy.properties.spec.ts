import * as fc from 'fast-check';
import { PROVIDERS } from '@stowage/contracts';
import { BadEndpoint, parseHost } from '../endpoint.js';
import { createDialer } from './create-dialer.js';
import { parseEgressAllow, parseEgressDeny, parseNameServers } from './egress-settings.js';
import { type EgressPolicy, judgeAddress, judgePort, problemsOfAllowance } from './policy.js';

const STRICT: EgressPolicy = { allow: [], deny: [], allowLoopback: false };
const byte = fc.integer({ min: 0, max: 255 });
const fill = (...first: (number | fc.Arbitrary<number>)[]) =>
  fc
    .tuple(
      ...[0, 1, 2, 3].map((place) =>
        typeof first[place] === 'number' ? fc.constant(first[place]) : (first[place] ?? byte),
      ),
    )
    .map((bytes) => bytes);

/** Four bytes of an address that no allowance may reach, or only one that names it. */
const forbidden = fc.oneof(
  fill(0),
  fill(127),
  fill(169, 254),
  fill(fc.integer({ min: 224, max: 255 })),
  fill(10),
  fill(172, fc.integer({ min: 16, max: 31 })),
  fill(192, 168),
  fill(100, fc.integer({ min: 64, max: 127 })),
  fill(198, fc.constantFrom(18, 19)),
  fc.constantFrom<number[][]>([168, 63, 129, 16], [192, 0, 0, 192], [100, 100, 100, 200]),
);

const number = (bytes: number[]): number => bytes.reduce((value, each) => value * 256 + each, 0);
const hex = (bytes: number[]): string => {
  const [a, b, c, d] = bytes as [number, number, number, number];
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
};

/** As a tenant may write it; each is read as that address, or refused. */
const SPELLINGS: ((bytes: number[]) => string)[] = [
  (bytes) => bytes.join('.'),
  (bytes) => String(number(bytes)),
  (bytes) => `0x${number(bytes).toString(16)}`,
  (bytes) => bytes.map((each) => `0${each.toString(8)}`).join('.'),
  (bytes) => bytes.map((each) => `0x${each.toString(16)}`).join('.'),
  (bytes) => `${bytes[0]}.${number(bytes.slice(1))}`,
  (bytes) => bytes.join('。'),
  (bytes) => `[::ffff:${bytes.join('.')}]`,
  (bytes) => `[::ffff:${hex(bytes)}]`,
  (bytes) => `[::${bytes.join('.')}]`,
  (bytes) => `[::ffff:0:${hex(bytes)}]`,
  (bytes) => `[64:ff9b::${hex(bytes)}]`,
  (bytes) => `[2002:${hex(bytes)}::]`,
];

describe('the egress policy', () => {
  it('never lets an inside address be dialled, however it is written', async () => {
    await fc.assert(
      fc.asyncProperty(
        forbidden,
        fc.constantFrom(...SPELLINGS),
        fc.constantFrom(...PROVIDERS),
        async (bytes, spell, provider) => {
          const host = read(spell(bytes));
          if (host === null) return;
          expect(judgeAddress(STRICT, { provider, organizationId: null }, host, 9000)).toBe('denied');
          const dialer = createDialer(STRICT, { provider, organizationId: null });
          const dialled = dialer.connect({ host, port: 9000, signal: AbortSignal.timeout(2000) });
          await expect(dialled).rejects.toMatchObject({ code: 'target.forbidden' });
        },
      ),
      { numRuns: 100 },
    );
  });

  it('is spoilt by one such address in an answer, at whatever place', async () => {
    await fc.assert(
      fc.asyncProperty(forbidden, fc.nat({ max: 3 }), async (bytes, place) => {
        const addresses = ['93.184.216.34', '8.8.8.8', '1.1.1.1'].toSpliced(place, 0, bytes.join('.'));
        const resolve = () => Promise.resolve(addresses);
        const dialer = createDialer(STRICT, { provider: 'minio', organizationId: null }, { resolve });
        const dialled = dialer.connect({ host: 'storage.example', port: 9000, signal: AbortSignal.timeout(2000) });
        await expect(dialled).rejects.toMatchObject({ code: 'network.unreachable' });
      }),
      { numRuns: 20 },
    );
  });

  it('gives a verdict on any text, and allows none that is no address', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer(), (text, port) => {
        expect(judgeAddress(STRICT, { provider: 'ftp', organizationId: null }, text, port)).toBe('denied');
        expect(['allowed', 'denied']).toContain(judgePort(STRICT, { provider: 'ftp', organizationId: null }, port));
      }),
      { numRuns: 100 },
    );
  });

  it('lets no allowance that passes its rules open what is never dialled', () => {
    const never = fc.oneof(fill(0), fill(127), fill(169, 254), fill(fc.integer({ min: 224, max: 255 })));
    fc.assert(
      fc.property(never, fc.integer({ min: 0, max: 32 }), (bytes, length) => {
        const entry = { cidr: `${bytes.join('.')}/${length}`, ports: [9000], providers: ['minio' as const] };
        expect(problemsOfAllowance(entry)).not.toEqual([]);
        // Even if it got past them.
        const policy = { ...STRICT, allow: [entry] };
        expect(judgeAddress(policy, { provider: 'minio', organizationId: null }, bytes.join('.'), 9000)).toBe('denied');
      }),
      { numRuns: 100 },
    );
  });
});

describe('egress settings', () => {
  const mended = (read: (raw: string) => unknown) => (raw: string) => {
    try {
      read(raw);
    } catch (error) {
      expect((error as Error).constructor).toBe(Error);
      expect((error as Error).message).toMatch(/must|not|is|wider|entry/);
    }
  };

  it('take any text, or say what is wrong with it', () => {
    const raw = fc.oneof(
      fc.string(),
      fc.json(),
      fc.jsonValue().map((value) => JSON.stringify([value])),
    );
    fc.assert(fc.property(raw, mended(parseEgressAllow)), { numRuns: 100 });
    fc.assert(fc.property(raw, mended(parseEgressDeny)), { numRuns: 100 });
    fc.assert(fc.property(raw, mended(parseNameServers)), { numRuns: 100 });
  });
});

function read(spelling: string): string | null {
  try {
    return parseHost(spelling);
  } catch (error) {
    if (error instanceof BadEndpoint) return null;
    throw error;
  }
}
