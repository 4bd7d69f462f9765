import { randomBytes } from 'node:crypto';
import { createReadStream, type Dirent, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { needlesOf, NeedleSearch } from './needles.js';

const CHUNK = 8 * 1024 * 1024;
/** Longer than any spelling of a secret: what lies across the border of two chunks is found too. */
const OVERLAP = 64 * 1024;

/** Secrets of one run that must be found nowhere afterwards. */
export class Canaries {
  readonly #values = new Map<string, string>();
  #search: NeedleSearch | undefined;

  get size(): number {
    return this.#values.size;
  }

  /** A new secret with what quoting changes in it. */
  make(name: string): string {
    return this.add(name, `cnry-${randomBytes(12).toString('hex')}-"q"\\%41+/=&`);
  }

  /** A new secret of letters and digits, where nothing else is taken. */
  plain(name: string): string {
    return this.add(name, `cnry${randomBytes(16).toString('hex')}`);
  }

  add(name: string, value: string): string {
    this.#values.set(name, value);
    this.#search = undefined;
    return value;
  }

  /** `name (spelling)` of each that occurs. */
  in(hay: Buffer | string): string[] {
    this.#search ??= new NeedleSearch([...this.#values].flatMap(([name, value]) => needlesOf(name, value)));
    const bytes = typeof hay === 'string' ? Buffer.from(hay) : hay;
    return this.#search.in(bytes).map(({ secret, spelling }) => `${secret} (${spelling})`);
  }

  /** Reads a file of any size. */
  async inFile(path: string): Promise<string[]> {
    const found = new Set<string>();
    let tail: Buffer = Buffer.alloc(0);
    for await (const chunk of createReadStream(path, { highWaterMark: CHUNK })) {
      const hay = Buffer.concat([tail, chunk as Buffer]);
      for (const hit of this.in(hay)) found.add(hit);
      tail = hay.subarray(-OVERLAP);
    }
    return [...found];
  }

  /** Every file below, whatever it is; one that goes away meanwhile is passed over. */
  async inDirectory(directory: string): Promise<{ files: number; hits: string[] }> {
    const hits: string[] = [];
    let files = 0;
    for (const path of filesBelow(directory)) {
      try {
        for (const hit of await this.inFile(path)) hits.push(`${path}: ${hit}`);
        files++;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
    return { files, hits };
  }

  /** What everybody on the machine may see of a process: its arguments and its environment. */
  inProcess(pid: number): string[] {
    return ['cmdline', 'environ'].flatMap((file) =>
      this.in(readFileSync(`/proc/${pid}/${file}`)).map((hit) => `/proc/${pid}/${file}: ${hit}`),
    );
  }
}

function filesBelow(directory: string): string[] {
  const entries: Dirent[] = readdirSync(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}
