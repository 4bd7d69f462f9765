import { Socket } from 'node:net';
import type { Dialer } from '../dialer/dialer.js';
import { createAgents } from './agents.js';

describe('the agents of an S3 storage', () => {
  it('survive a write that fails after its request was answered', async () => {
    const dialed = new Socket();
    const dialer = { connect: () => Promise.resolve(dialed) } as unknown as Dialer;
    const { httpAgent } = createAgents({ dialer, signal: new AbortController().signal, ca: null });
    await new Promise<void>((resolve) => {
      httpAgent.createConnection({ host: '127.0.0.1', port: 80 }, () => resolve());
    });
    expect(() => dialed.emit('error', new Error('write EPIPE'))).not.toThrow();
  });
});
