import { StorageCommand } from '@stowage/contracts';
import { readMessage } from './read-message.js';

const COMMAND = {
  organization_id: '2f1d6f3e-8f5b-4b1e-9c53-0d8f0a7b6c5d',
  storage_config_id: 'a1b2c3d4-e5f6-4890-abcd-ef1234567890',
};

describe('what a message says', () => {
  it('is read without the members that a later version adds', () => {
    expect(readMessage(StorageCommand, { ...COMMAND, later: { deep: [1] } })).toEqual(COMMAND);
  });

  it.each([
    ['nothing', null],
    ['a list', [COMMAND]],
    ['a missing field', { organization_id: COMMAND.organization_id }],
    ['an object in place of a text', { ...COMMAND, storage_config_id: { constructor: 'Date' } }],
    ['an object that names its constructor', { ...COMMAND, later: [{ deep: { constructor: 1 } }] }],
  ])('is refused when it is %s', (_what, data) => {
    expect(() => readMessage(StorageCommand, data)).toThrow(expect.objectContaining({ code: 'request.validation' }));
  });

  it('is not mistaken for a class by what it inherits or holds at the top', () => {
    expect(readMessage(StorageCommand, JSON.parse(JSON.stringify({ ...COMMAND, constructor: 1 })))).toMatchObject(
      COMMAND,
    );
  });
});
