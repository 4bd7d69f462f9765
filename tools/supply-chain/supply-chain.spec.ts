import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { secretsIn } from './secret-patterns.js';

interface LockedPackage {
  version?: string;
  resolved?: string;
  integrity?: string;
  link?: boolean;
  inBundle?: boolean;
}

const json = (path: string): Record<string, unknown> =>
  JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
const lock = json('package-lock.json') as { lockfileVersion: number; packages: Record<string, LockedPackage> };
const packages = Object.entries(lock.packages).filter(([path]) => path !== '');
const LARGEST = 1_000_000;

describe('the packages that we take from others', () => {
  it('are each pinned to their bytes', () => {
    const loose = packages.filter(
      ([, { integrity, inBundle }]) => !inBundle && !/^sha512-[\w+/]{86}==$/.test(integrity ?? ''),
    );
    expect(loose.map(([path]) => path)).toEqual([]);
  });

  it('come from the registry that npm is told of, and from nowhere else', () => {
    expect(packages.filter(([, { link }]) => link)).toEqual([]);
    const elsewhere = packages.filter(
      ([, { resolved }]) => resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/'),
    );
    expect(elsewhere.map(([path]) => path)).toEqual([]);
  });

  it('are asked for in one version, not in a range', () => {
    const { dependencies, devDependencies } = json('package.json') as Record<string, Record<string, string>>;
    const ranges = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
    );
    expect(ranges).toEqual([]);
  });

  it('run nothing when they are installed', () => {
    expect(readFileSync('.npmrc', 'utf8').split('\n')).toContain('ignore-scripts=true');
    const { scripts } = json('package.json') as { scripts: Record<string, string> };
    const atInstall = ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish'];
    expect(Object.keys(scripts).filter((name) => atInstall.includes(name))).toEqual([]);
  });
});

describe('the files of this repository', () => {
  const files = trackedFiles();

  it('are known', () => {
    expect(files.length).toBeGreaterThan(300);
  });

  it('hold no secret', () => {
    const found = files.flatMap((path) => secretsIn(readFileSync(path, 'utf8')).map((kind) => `${path}: ${kind}`));
    expect(found).toEqual([]);
  });

  it('are no key files, dumps or environments', () => {
    expect(
      files.filter((path) =>
        /(^|\/)(\.env(\..+)?|id_(rsa|ed25519)|.+\.(pem|key|p12|pfx|sql|dump|heapsnapshot))$/.test(path),
      ),
    ).toEqual([]);
  });
});

describe('the image', () => {
  const stages = readFileSync('Dockerfile', 'utf8')
    .split(/^FROM /m)
    .slice(1);
  const lines = (stage: string): string[] => stage.split('\n').map((line) => line.trim());
  const final = stages.filter((stage) => /^\S+ AS (application|tools)$/m.test(stage.split('\n')[0]!));

  it('is built from a version that is named', () => {
    for (const stage of stages) expect(stage.split('\n')[0]).toMatch(/^node:\d+\.\d+\.\d+-[\w-]+ AS /);
  });

  it('runs as nobody in particular, and is not made root again', () => {
    expect(final).toHaveLength(2);
    for (const stage of final) {
      const users = lines(stage).filter((line) => line.startsWith('USER '));
      expect(users).toEqual(['USER 10001:10001']);
      const afterUser = lines(stage).slice(lines(stage).indexOf('USER 10001:10001') + 1);
      expect(afterUser.filter((line) => /^(RUN|COPY|ADD)\b/.test(line))).toEqual([]);
    }
  });

  it('fetches nothing but locked packages, and keeps no secret', () => {
    for (const stage of stages) {
      expect(stage).not.toMatch(/\bADD\b|curl|wget|npm install|--unsafe-perm/);
      expect(stage).not.toMatch(/^(ARG|ENV) .*(SECRET|PASSWORD|TOKEN|KEY)/im);
    }
  });

  it('leaves out what an image must not have', () => {
    expect(readFileSync('.dockerignore', 'utf8').split('\n')).toEqual(
      expect.arrayContaining(['.git', '.stowage', 'node_modules']),
    );
  });
});

describe('docker-compose.yml', () => {
  const text = readFileSync('docker-compose.yml', 'utf8');
  /** Of each service its own lines; what an anchor brings is checked at the anchor. */
  const services = text
    .slice(text.indexOf('\nservices:'), text.indexOf('\nvolumes:'))
    .split(/\n {2}(?=[\w-]+:\n)/)
    .slice(1);

  it('confines every service', () => {
    expect(text).toMatch(
      /x-confined: &confined\n {2}read_only: true\n {2}tmpfs: \[\/tmp\]\n {2}cap_drop: \[ALL\]\n {2}security_opt: \['no-new-privileges:true'\]/,
    );
    for (const [anchor, base] of [
      ['application', 'confined'],
      ['tools', 'confined'],
      ['gateway', 'application'],
      ['worker', 'application'],
    ]) {
      expect(text).toMatch(new RegExp(`x-${anchor}: &${anchor}\\n {2}<<: \\*${base}\\n`));
    }
    const loose = services.filter(
      (service) => !/^[\w-]+:\n {4}<<: \*(confined|application|tools|gateway|worker)\n/.test(service),
    );
    expect(services.length).toBeGreaterThan(8);
    expect(loose).toEqual([]);
  });

  it('lets no service be root, see the machine or be reached from elsewhere', () => {
    expect(text).not.toMatch(/privileged:|network_mode:|pid: host|docker\.sock|cap_add|user: (root|'?0)/);
    for (const [, ports] of text.matchAll(/ports: \[(.+)\]/g)) expect(ports).toMatch(/^'127\.0\.0\.1:/);
  });
});

/** As git has them; without git (an unpacked archive) what stands in the lists of this repository cannot be told from what was made. */
function trackedFiles(): string[] {
  const names = execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8' }).split('\0').filter(Boolean);
  return names.filter(
    (path) =>
      existsSync(path) && statSync(path).isFile() && statSync(path).size < LARGEST && !/\.(png|ico|woff2?)$/.test(path),
  );
}
