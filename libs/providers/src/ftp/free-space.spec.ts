import { openFtp } from './driver.js';
import { ftpOptions } from './testing/ftp-options.js';
import { type FtpScript, startScriptedFtp } from './testing/scripted-ftp-server.js';

async function freeSpaceOf(replies: NonNullable<FtpScript['replies']>): Promise<number | null | undefined> {
  const server = await startScriptedFtp({ replies });
  const driver = await openFtp(ftpOptions({ port: server.port }).options);
  try {
    return await driver.freeSpace?.(AbortSignal.timeout(5000));
  } finally {
    await driver.close();
    await server.stop();
  }
}

const quota = (uploaded: string) =>
  `200-The current quota for this session are [current/limit]:\r\n   Uploaded ${uploaded}\r\n   Downloaded bytes:\tunlimited\r\n200 done`;

describe('the free space of an FTP server', () => {
  it.each<[string, NonNullable<FtpScript['replies']>, number | null]>([
    ['of its disk', { FEAT: '211-Features\r\n AVBL\r\n211 end', AVBL: '213 1048576' }, 1048576],
    ['of a quota in bytes', { SITE: quota('bytes:\t24.00/1024.00') }, 1000],
    ['of a quota in MiB', { SITE: quota('Mb:\t0.50/1.00') }, 524288],
    ['of a quota that is used up', { SITE: quota('bytes:\t2048.00/1024.00') }, 0],
    ['of a quota without a limit', { SITE: quota('bytes:\tunlimited') }, null],
    ['where none is in effect', { SITE: '202 No quotas in effect' }, null],
    ['where the server does not know the question', {}, null],
    ['where the disk may not be asked for', { FEAT: '211-Features\r\n AVBL\r\n211 end', AVBL: '550 denied' }, null],
  ])('%s is told', async (_what, replies, expected) => {
    await expect(freeSpaceOf(replies)).resolves.toBe(expected);
  });
});
