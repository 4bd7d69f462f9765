import { StorageFailure } from '../failure.js';
import type { FtpSession } from './session.js';
import { SessionPool } from './session-pool.js';

const soon = () => AbortSignal.timeout(1000);
const sessionOf = (): FtpSession => ({ lost: undefined, end: () => undefined }) as unknown as FtpSession;

describe('the pool of FTP sessions', () => {
  it('takes the one that came back while the server was asked for one more, and refused it', async () => {
    const only = sessionOf();
    let opened = 0;
    const pool: SessionPool = new SessionPool(async () => {
      opened += 1;
      if (opened === 1) return only;
      pool.release(only);
      throw new StorageFailure('quota.connections');
    });
    await pool.acquire(soon());
    await expect(pool.acquire(soon())).resolves.toBe(only);
  });

  it('asks again where the one that came back meanwhile was lost', async () => {
    const first = sessionOf();
    const second = sessionOf();
    let opened = 0;
    const pool: SessionPool = new SessionPool(async () => {
      opened += 1;
      if (opened === 1) return first;
      if (opened === 3) return second;
      queueMicrotask(() => pool.release(Object.assign(first, { lost: new StorageFailure('network.dropped') })));
      throw new StorageFailure('quota.connections');
    });
    await pool.acquire(soon());
    await expect(pool.acquire(soon())).resolves.toBe(second);
  });

  it('waits for the one that is in use where the server allows no more', async () => {
    const only = sessionOf();
    let opened = 0;
    const pool = new SessionPool(() =>
      ++opened === 1 ? Promise.resolve(only) : Promise.reject(new StorageFailure('quota.connections')),
    );
    await pool.acquire(soon());
    const waiting = pool.acquire(soon());
    setTimeout(() => pool.release(only), 10);
    await expect(waiting).resolves.toBe(only);
  });
});
