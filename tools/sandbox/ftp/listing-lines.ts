export interface Entry {
  isFolder: boolean;
  size: number;
  modified: Date;
}

/** RFC 3659, section 2.3: in UTC. */
export const timestamp = (date: Date): string => date.toISOString().replace(/\D/g, '').slice(0, 14);

/** RFC 3659, section 7. */
export const machineLine = ({ isFolder, size, modified }: Entry, name: string): string =>
  `type=${isFolder ? 'dir' : 'file'};size=${size};modify=${timestamp(modified)}; ${name}`;

/** As `ls -l` prints it, which is what clients without MLSD read. */
export function longLine({ isFolder, size, modified }: Entry, name: string): string {
  const [, day, month, year] = modified.toUTCString().split(' ');
  const mode = isFolder ? 'drwxr-xr-x' : '-rw-r--r--';
  return `${mode} 1 stowage stowage ${String(size).padStart(12)} ${month} ${day}  ${year} ${name}`;
}
