import * as fc from 'fast-check';
import { isIP } from 'node:net';
import { BadEndpoint, formatHost, parseEndpoint, parseHost } from './endpoint.js';
import { BadPath, normaliseDirectory, normalisePathPrefix } from './path-prefix.js';

/** Every sequence of UTF-16 units: controls, lone surrogates and all. */
const anyText = fc.uint16Array({ maxLength: 120 }).map((units) => String.fromCharCode(...units));
const nearlyAddress = fc.stringMatching(/^(https?|sftp):\/\/[a-z0-9.:[\]@%\\/?#_ -]{0,60}$/);
const path = fc.oneof(anyText, fc.stringMatching(/^[a-z./\\ ]{0,40}$/));

function unlessRefused<T>(work: () => T, refusal: new (...args: never[]) => Error): T | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof refusal) return null;
    throw error;
  }
}

describe('parseEndpoint', () => {
  it('reads any text or refuses it in words; what it reads is a host and nothing else', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, nearlyAddress), (text) => {
        const endpoint = unlessRefused(() => parseEndpoint(text, ['http', 'https', 'sftp']), BadEndpoint);
        if (endpoint === null) return;
        expect(endpoint.host).toMatch(/^[a-z0-9._:-]+$/);
        expect(endpoint.port === null || (endpoint.port > 0 && endpoint.port < 65_536)).toBe(true);
        expect(endpoint.path).not.toMatch(/[\s\\?#]/);
      }),
      { numRuns: 500 },
    );
  });

  it('says the same of what it has said: no second reader understands another host', () => {
    fc.assert(
      fc.property(nearlyAddress, (text) => {
        const endpoint = unlessRefused(() => parseEndpoint(text, ['http', 'https']), BadEndpoint);
        if (endpoint === null) return;
        const { scheme, host, port } = endpoint;
        const again = `${scheme}://${formatHost(host)}${port === null ? '' : `:${port}`}`;
        expect(parseEndpoint(again, ['http', 'https'])).toMatchObject({ host, port });
        expect(new URL(again).hostname.replace(/^\[|\]$/g, '')).toBe(host);
      }),
      { numRuns: 500 },
    );
  });
});

describe('parseHost', () => {
  it('sees an IPv4 address in whichever form it is written', () => {
    const forms: ((value: number) => string)[] = [
      (value) => String(value),
      (value) => `0x${value.toString(16)}`,
      (value) => `0${value.toString(8)}`,
      (value) => `${value >>> 24}.${value & 0xffffff}`,
      (value) => `0x${(value >>> 24).toString(16)}.${(value >>> 16) & 255}.${value & 0xffff}`,
      (value) => dotted(value).replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
      (value) => dotted(value).replaceAll('.', '。'),
    ];
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), fc.constantFrom(...forms), (value, form) => {
        expect(parseHost(form(value))).toBe(dotted(value));
      }),
      { numRuns: 300 },
    );
  });

  it('gives a literal, or a name of letters, digits, - and _', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const host = unlessRefused(() => parseHost(text), BadEndpoint);
        const isName = /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/.test(host ?? '');
        expect(host === null || isIP(host) !== 0 || isName).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('paths', () => {
  it('lead nowhere but down, whatever is written', () => {
    fc.assert(
      fc.property(path, (text) => {
        const prefix = unlessRefused(() => normalisePathPrefix(text), BadPath);
        const directory = unlessRefused(() => normaliseDirectory(text), BadPath);
        expect(prefix ?? 'none/').toMatch(/^[^/]([^/]|\/(?!\/))*\/$/);
        for (const normal of [prefix, directory]) {
          expect((normal ?? '').split('/')).not.toContain('..');
          expect(normal ?? '').not.toMatch(/[\p{Cc}\\]/u);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('stay what they are when they are read again', () => {
    fc.assert(
      fc.property(path, (text) => {
        const once = unlessRefused(() => normalisePathPrefix(text), BadPath);
        expect(once === null ? null : normalisePathPrefix(once)).toBe(once);
      }),
    );
  });
});

const dotted = (value: number): string => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
