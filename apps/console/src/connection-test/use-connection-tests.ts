import { useEffect, useRef, useState } from 'react';
import { asProblem, type ProblemError } from '../api/problem.js';
import type { Check, TestResult } from '../api/types.js';
import { runTest, type TestTarget } from './run-test.js';

/** A test that runs, or its outcome. */
export interface TestRun {
  running: boolean;
  checks: Check[];
  result: TestResult | null;
  /** Why it could not be run. */
  problem: ProblemError | null;
}

export interface ConnectionTests {
  runs: Readonly<Record<string, TestRun>>;
  /** Starts a test under this key, in place of one that still runs there. Null when it was stopped or could not be run. */
  start: (key: string, target: TestTarget) => Promise<TestResult | null>;
  dismiss: (key: string) => void;
}

const STARTED: TestRun = { running: true, checks: [], result: null, problem: null };

/**
 * Tests side by side, each under a key of its own. Those that still run end with the page that shows them.
 * @param onRefused is told why a test could not be run
 */
export function useConnectionTests(onRefused?: (key: string, problem: ProblemError) => void): ConnectionTests {
  const [runs, setRuns] = useState<Record<string, TestRun>>({});
  const running = useRef(new Map<string, AbortController>());

  useEffect(() => {
    const controllers = running.current;
    return () => {
      for (const controller of controllers.values()) controller.abort();
    };
  }, []);

  const update = (key: string, change: (run: TestRun) => TestRun) =>
    setRuns((all) => ({ ...all, [key]: change(all[key] ?? STARTED) }));

  const stop = (key: string) => {
    running.current.get(key)?.abort();
    running.current.delete(key);
  };

  return {
    runs,
    async start(key, target) {
      stop(key);
      const controller = new AbortController();
      running.current.set(key, controller);
      update(key, () => STARTED);
      try {
        const onCheck = (check: Check) => update(key, (run) => ({ ...run, checks: [...run.checks, check] }));
        const result = await runTest(target, onCheck, controller.signal);
        update(key, () => ({ running: false, checks: result.checks, result, problem: null }));
        return result;
      } catch (error) {
        if (controller.signal.aborted) return null;
        const problem = asProblem(error);
        update(key, (run) => ({ ...run, running: false, problem }));
        onRefused?.(key, problem);
        return null;
      }
    },
    dismiss(key) {
      stop(key);
      setRuns(({ [key]: _dismissed, ...others }) => others);
    },
  };
}
