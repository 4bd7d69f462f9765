import { join, posix, relative, sep } from 'node:path';

/** A client's view of a folder: its root is the folder, and no path leads out of it. */
export class Folder {
  constructor(readonly root: string) {}

  /** The client's absolute path, normalised. */
  visible(path: string, from = '/'): string {
    const absolute = posix.resolve('/', from, path);
    return absolute === '' ? '/' : absolute;
  }

  /** Where that is on this machine. There are no symbolic links in the folder, as no server here makes any. */
  real(path: string, from = '/'): string {
    return join(this.root, ...this.visible(path, from).split('/'));
  }

  /** The client's path of a file on this machine. */
  visibleOf(real: string): string {
    return `/${relative(this.root, real).split(sep).join('/')}`;
  }
}
