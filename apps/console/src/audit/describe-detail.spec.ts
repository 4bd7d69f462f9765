import { describeDetail } from './describe-detail.js';

describe('describeDetail', () => {
  it('names what was changed', () => {
    expect(describeDetail({ changed: ['name', 'bucket'] })).toBe('Changed: name, bucket');
  });

  it('tells what a list was before and after, also when there was nothing', () => {
    expect(describeDetail({ before: [], after: ['10.20.0.0/16'] })).toBe('Before: none; after: 10.20.0.0/16');
  });

  it('shows what it does not know as it is, and leaves the name to its own column', () => {
    expect(describeDetail({ name: 'NAS', provider: 'sftp', port: 22 })).toBe('Provider: sftp; port: 22');
  });

  it('has nothing to say of nothing', () => {
    expect(describeDetail({})).toBe('–');
  });
});
