import { XIcon } from 'lucide-react';
import { asProblem } from '../api/problem.js';
import type { StorageConfig } from '../api/types.js';
import { show } from '../navigation.js';
import { useUpdateStorage } from '../storages/queries.js';
import { useStorageActions } from '../storages/storage-actions.js';
import { text } from '../text.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { TestReport } from './test-report.js';
import type { TestRun } from './use-connection-tests.js';

/** The test of a saved storage, below its card. A suggestion is saved, then tested again. */
export function TestPanel({ run, config }: { run: TestRun; config: StorageConfig }) {
  const { tests, test } = useStorageActions();
  const update = useUpdateStorage();

  const apply = (suggested: Record<string, string | number>) =>
    update.mutate(
      { config, body: suggested },
      {
        onSuccess: () => void test(config),
        onError: (error) => {
          if (asProblem(error).code === 'credentials.required') show({ name: 'edit', id: config.id });
        },
      },
    );

  return (
    <section className="test-panel" aria-label={text.test.label}>
      <TestReport run={run} onApply={apply} applying={update.isPending} pinned={config.host_key_sha256} />
      {update.error && <ProblemNotice error={update.error} />}
      {!run.running && (
        <button
          type="button"
          className="button icon quiet test-dismiss"
          aria-label={text.test.dismiss}
          onClick={() => tests.dismiss(config.id)}
        >
          <XIcon size={16} aria-hidden />
        </button>
      )}
    </section>
  );
}
