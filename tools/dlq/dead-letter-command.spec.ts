import type { DeadLetterRecord } from '@stowage/messaging';
import { deadLetterCommand } from './dead-letter-command.js';

const AMQP_URL = 'amqp://storage-worker:secret@127.0.0.1:5672';
const LETTER: DeadLetterRecord = {
  id: '0191a5d0-0000-7000-8000-000000000001',
  exchange: 'storage.commands',
  routing_key: 'storage.test',
  user_id: 'backup',
  queue: 'storage-worker.commands',
  reason: 'storage.not_found',
  attempt: 1,
  failed_at: '2026-11-22T22:00:00.000Z',
  organization_id: null,
  body_replaced: false,
};

describe('npm run dlq', () => {
  it('lists dead letters as a table', async () => {
    const letters = [
      LETTER,
      { ...LETTER, id: null, reason: 'credentials.not_sealed', body_replaced: true, attempt: 6 },
    ];
    const { printed } = await run(['list'], letters);
    expect(printed.split('\n')).toEqual([
      'ID                                    FROM                           REASON                                  ATTEMPT  FAILED AT                 SENT BY',
      '0191a5d0-0000-7000-8000-000000000001  storage.commands/storage.test  storage.not_found                       1        2026-11-22T22:00:00.000Z  backup',
      '-                                     storage.commands/storage.test  credentials.not_sealed (body replaced)  6        2026-11-22T22:00:00.000Z  backup',
    ]);
  });

  it('lists as many as asked for, 100 unless said otherwise', async () => {
    expect((await run(['list'])).done).toEqual([['list', { limit: 100 }]]);
    expect((await run(['list', '--limit', '5'])).done).toEqual([['list', { limit: 5 }]]);
  });

  it('says so when there are none', async () => {
    expect((await run(['list'], [])).printed).toBe('No dead letters');
  });

  it('lets no id steer the terminal', async () => {
    expect((await run(['list'], [{ ...LETTER, id: '\u001b[2Jgone' }])).printed).toContain('?[2Jgone');
  });

  it.each([
    [['redrive', 'a', 'b'], 'redrive', ['a', 'b'], '2 delivered again'],
    [['redrive', '--all'], 'redrive', 'all', '2 delivered again'],
    [['drop', 'a'], 'drop', ['a'], '3 deleted'],
  ])('does %j', async (args, verb, ids, printed) => {
    expect(await run(args)).toEqual({ printed, done: [[verb, { ids }]] });
  });

  it.each([
    [[], 'Say what to do'],
    [['purge'], 'Say what to do'],
    [['drop'], 'Name the ids to drop'],
    [['drop', 'a', '--all'], 'Name the ids to drop'],
    [['list', 'a'], 'list takes no ids'],
    [['list', '--limit', '0'], '--limit must be a whole number'],
    [['list', '--force'], '--force'],
  ])('explains what is wrong with %j, and does nothing', async (args, message) => {
    await expect(run(args)).rejects.toMatchObject({
      name: 'DeadLetterCommandError',
      message: expect.stringContaining(message) as string,
    });
  });

  it('says which broker it needs', async () => {
    await expect(deadLetterCommand(['list'], {})).rejects.toThrow(/AMQP_URL: is required/);
  });
});

async function run(args: string[], letters = [LETTER]): Promise<{ printed: string; done: unknown[] }> {
  const done: unknown[] = [];
  const printed = await deadLetterCommand(
    args,
    { AMQP_URL },
    {
      list: async (_url, options) => (done.push(['list', options]), letters),
      redrive: async (_url, selection) => (done.push(['redrive', selection]), 2),
      drop: async (_url, selection) => (done.push(['drop', selection]), 3),
    },
  );
  return { printed, done };
}
