import type { TestResult, TestStorageConfig } from '../api/types.js';
import { type TestRun, useConnectionTests } from '../connection-test/use-connection-tests.js';
import { useOwner } from '../storages/owner.js';
import { showFieldErrors, type StorageForm } from './use-storage-form.js';

const THE_TEST = 'form';

export interface FormTest {
  run: TestRun | undefined;
  start: () => Promise<TestResult | null>;
  /** Puts suggested values into the form and tests again. */
  apply: (suggested: Record<string, string | number>) => void;
  /** The host key that stands in the form, if any. */
  pinned: () => string | null;
  /** What was tested is not what stands in the form any more. */
  forget: () => void;
}

/** Tests what stands in the form, before anything is stored. */
export function useFormTest(form: StorageForm, body: () => TestStorageConfig): FormTest {
  const owner = useOwner();
  const tests = useConnectionTests((_key, problem) => showFieldErrors(form, problem));

  const start = () => {
    form.clearErrors();
    return tests.start(THE_TEST, { url: owner.testInputUrl(), body: body() });
  };
  return {
    run: tests.runs[THE_TEST],
    start,
    apply(suggested) {
      for (const [name, value] of Object.entries(suggested)) form.setValue(name, String(value), { shouldDirty: true });
      void start();
    },
    pinned: () => String(form.getValues('host_key_sha256') ?? '') || null,
    forget: () => tests.dismiss(THE_TEST),
  };
}
