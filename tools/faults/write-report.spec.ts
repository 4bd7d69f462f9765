import { FAULTS } from './faults/index.js';
import { readOptions } from './options.js';
import { withSection } from './reliability-page.js';
import { commandOf, mergedFigures } from './write-report.js';

describe('the report of fault runs', () => {
  it('says each figure once, from its least to its most', () => {
    const runs = [
      { figures: ['2 kills; done in 9.5 s', 'works again after 0.219 s', 'kept'] },
      { figures: ['2 kills; done in 21.4 s', 'works again after 0.3 s', 'works again after 0.1 s', 'kept'] },
    ];
    expect(mergedFigures(runs)).toEqual(['2 kills; done in 9.5–21.4 s', 'works again after 0.1–0.3 s', 'kept']);
  });

  it('takes the place of the figures of its own form alone', () => {
    const page =
      '<!-- begin: full -->\n\nold\n\n<!-- end: full -->\n<!-- begin: short -->\n\nold\n\n<!-- end: short -->';
    expect(withSection(page, 'full', 'new')).toBe(page.replace('old', 'new'));
    expect(() => withSection(page, 'soak', 'new')).toThrow('soak');
  });

  it('names a command that runs the same', () => {
    for (const args of ['--short --seeds 1,2,3', '--seed 7', '--minutes 5 --seed 7', '--seed 1 --scale 0.5 flood']) {
      const options = readOptions(args.split(' '), FAULTS);
      expect(commandOf(options, options.seeds)).toBe(`npm run faults -- ${args}`);
    }
    expect(new Set(readOptions(['--runs', '10'], FAULTS).seeds).size).toBe(10);
  });

  it.each([
    ['--seed 1 --runs 2', '--seed, --seeds and --runs'],
    ['--seeds 1,,2', '--seed must'],
    ['--runs 0', '--runs must'],
    ['--short --minutes 5', '--short and --minutes'],
    ['--write-report flood', '--write-report is for'],
    ['--write-report --counts-only', '--write-report is for'],
    ['fire', 'no fault fire'],
  ])('is not made with %s', (args, complaint) => {
    expect(() => readOptions(args.split(' '), FAULTS)).toThrow(complaint);
  });
});
