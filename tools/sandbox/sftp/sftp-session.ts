import type { Stats } from 'node:fs';
import { open, mkdir, opendir, rename, rm, rmdir, stat, utimes, type FileHandle } from 'node:fs/promises';
import type { Dir } from 'node:fs';
import { posix } from 'node:path';
import ssh2, { type Attributes, type FileEntry, type SFTPWrapper } from 'ssh2';
import type { Folder } from '../folder.js';

const { OPEN_MODE, STATUS_CODE, flagsToString } = ssh2.utils.sftp;

const NAMES_PER_ANSWER = 100;
const LONGEST_READ = 256 * 1024;

type Open = { kind: 'file'; file: FileHandle } | { kind: 'folder'; dir: Dir; path: string };

/** SFTP protocol 3 over a folder: https://datatracker.ietf.org/doc/html/draft-ietf-secsh-filexfer-02 */
export function serveSftp(sftp: SFTPWrapper, folder: Folder): void {
  const handles = new Map<number, Open>();
  let nextHandle = 0;

  const remember = (opened: Open): Buffer => {
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(nextHandle);
    handles.set(nextHandle++, opened);
    return handle;
  };
  const find = <K extends Open['kind']>(handle: Buffer, kind: K): Extract<Open, { kind: K }> => {
    const opened = handle.length === 4 ? handles.get(handle.readUInt32BE()) : undefined;
    if (opened?.kind !== kind) throw new SftpStatus(STATUS_CODE.FAILURE, 'invalid handle');
    return opened as Extract<Open, { kind: K }>;
  };
  /** Runs one request; whatever it throws becomes its status. */
  const answer = (id: number, work: () => Promise<void>): void => {
    work().catch((error: unknown) => sftp.status(id, statusOf(error), messageOf(error)));
  };
  const done = (id: number) => sftp.status(id, STATUS_CODE.OK);

  sftp.on('OPEN', (id, path, flags) =>
    answer(id, async () => {
      const file = await open(folder.real(path), flagsToString(flags & ~OPEN_MODE.EXCL) ?? 'r');
      sftp.handle(id, remember({ kind: 'file', file }));
    }),
  );
  sftp.on('READ', (id, handle, offset, length) =>
    answer(id, async () => {
      const buffer = Buffer.alloc(Math.min(length, LONGEST_READ));
      const { bytesRead } = await find(handle, 'file').file.read(buffer, 0, buffer.length, offset);
      if (bytesRead === 0) throw new SftpStatus(STATUS_CODE.EOF, 'end of file');
      sftp.data(id, buffer.subarray(0, bytesRead));
    }),
  );
  sftp.on('WRITE', (id, handle, offset, data) =>
    answer(id, async () => {
      await find(handle, 'file').file.write(data, 0, data.length, offset);
      done(id);
    }),
  );
  sftp.on('FSTAT', (id, handle) =>
    answer(id, async () => {
      sftp.attrs(id, attributesOf(await find(handle, 'file').file.stat()));
    }),
  );
  for (const event of ['STAT', 'LSTAT'] as const) {
    sftp.on(event, (id: number, path: string) =>
      answer(id, async () => {
        sftp.attrs(id, attributesOf(await stat(folder.real(path))));
      }),
    );
  }
  sftp.on('SETSTAT', (id, path, { atime, mtime }) =>
    answer(id, async () => {
      if (mtime !== undefined) await utimes(folder.real(path), atime ?? mtime, mtime);
      done(id);
    }),
  );
  sftp.on('FSETSTAT', (id) => done(id));
  sftp.on('CLOSE', (id, handle) =>
    answer(id, async () => {
      const opened = handles.get(handle.readUInt32BE());
      handles.delete(handle.readUInt32BE());
      await (opened?.kind === 'file' ? opened.file.close() : opened?.dir.close());
      done(id);
    }),
  );
  sftp.on('OPENDIR', (id, path) =>
    answer(id, async () => {
      const real = folder.real(path);
      sftp.handle(id, remember({ kind: 'folder', dir: await opendir(real), path: real }));
    }),
  );
  sftp.on('READDIR', (id, handle) =>
    answer(id, async () => {
      const { dir, path } = find(handle, 'folder');
      const entries: FileEntry[] = [];
      while (entries.length < NAMES_PER_ANSWER) {
        const entry = await dir.read();
        if (entry === null) break;
        const stats = await stat(posix.join(path, entry.name));
        entries.push({ filename: entry.name, longname: entry.name, attrs: attributesOf(stats) });
      }
      if (entries.length === 0) throw new SftpStatus(STATUS_CODE.EOF, 'end of folder');
      sftp.name(id, entries);
    }),
  );
  sftp.on('REALPATH', (id, path) =>
    answer(id, async () => {
      const filename = folder.visible(path);
      sftp.name(id, [{ filename, longname: filename, attrs: {} as Attributes }]);
    }),
  );
  sftp.on('REMOVE', (id, path) =>
    answer(id, async () => {
      await rm(folder.real(path));
      done(id);
    }),
  );
  sftp.on('MKDIR', (id, path) =>
    answer(id, async () => {
      await mkdir(folder.real(path));
      done(id);
    }),
  );
  sftp.on('RMDIR', (id, path) =>
    answer(id, async () => {
      await rmdir(folder.real(path));
      done(id);
    }),
  );
  sftp.on('RENAME', (id, from, to) =>
    answer(id, async () => {
      await rename(folder.real(from), folder.real(to));
      done(id);
    }),
  );
  sftp.on('close', () => {
    for (const opened of handles.values()) {
      void (opened.kind === 'file' ? opened.file : opened.dir).close().catch(() => undefined);
    }
  });
}

class SftpStatus extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

function statusOf(error: unknown): number {
  if (error instanceof SftpStatus) return error.status;
  switch ((error as NodeJS.ErrnoException).code ?? '') {
    case 'ENOENT':
    case 'ENOTDIR':
      return STATUS_CODE.NO_SUCH_FILE;
    case 'EACCES':
    case 'EPERM':
      return STATUS_CODE.PERMISSION_DENIED;
    default:
      return STATUS_CODE.FAILURE;
  }
}

/** Without the path on this machine, which is no business of the client's. */
const messageOf = (error: unknown): string =>
  error instanceof SftpStatus ? error.message : ((error as NodeJS.ErrnoException).code ?? 'failure');

const attributesOf = (stats: Stats): Attributes => ({
  mode: stats.mode,
  uid: stats.uid,
  gid: stats.gid,
  size: stats.size,
  atime: Math.floor(stats.atimeMs / 1000),
  mtime: Math.floor(stats.mtimeMs / 1000),
});
