import { useEffect, useRef } from 'react';
import { TestReport } from '../connection-test/test-report.js';
import { text } from '../text.js';
import type { FormTest } from './use-form-test.js';

/** The test beside the form: its lines are there before it runs, so that nothing moves when it does. */
export function TestBeforeSaving({ test }: { test: FormTest }) {
  const panel = useRef<HTMLElement>(null);
  const running = test.run?.running ?? false;
  useEffect(() => {
    if (running) panel.current?.scrollIntoView({ block: 'nearest' });
  }, [running]);
  return (
    <section ref={panel} className="card" aria-label={text.test.label}>
      <TestReport run={test.run ?? null} onApply={test.apply} pinned={test.pinned()} />
    </section>
  );
}
