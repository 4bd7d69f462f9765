import { CheckIcon, CircleDashedIcon, LoaderCircleIcon, MinusIcon, WrenchIcon, XIcon } from 'lucide-react';
import type { TestResult } from '../api/types.js';
import { formatDuration } from '../format/time.js';
import { text } from '../text.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { HostKeyConfirmation } from './host-key-confirmation.js';
import { type LineState, type TestLine, testLines, type TestPhase } from './test-lines.js';
import type { TestRun } from './use-connection-tests.js';
import './test-report.css';

const STATE_ICONS = {
  waiting: CircleDashedIcon,
  running: LoaderCircleIcon,
  ok: CheckIcon,
  failed: XIcon,
  skipped: MinusIcon,
} satisfies Record<LineState, unknown>;

interface TestReportProps {
  /** Null before the first test. */
  run: TestRun | null;
  /** Takes the suggested fields over and tests again. */
  onApply: (suggested: Record<string, string | number>) => void;
  applying?: boolean;
}

const NOT_STARTED: TestRun = { running: false, checks: [], result: null, problem: null };

/** A test as it runs and what came of it: the lines stand still from the start and only tick off. */
export function TestReport({ run, onApply, applying = false }: TestReportProps) {
  const { checks, result, problem } = run ?? NOT_STARTED;
  const phase = phaseOf(run);
  return (
    <div className="test-report">
      <p className={`test-headline ${headlineTone(run)}`} role="status">
        {headlineOf(run)}
      </p>
      {problem ? (
        <ProblemNotice error={problem} />
      ) : (
        <ol className="test-lines">
          {testLines(checks, phase).map((line) => (
            <Line key={line.id} line={line} />
          ))}
          <LatencyLine latencyMs={result?.latency_ms ?? null} phase={phase} />
        </ol>
      )}
      {result && <Advice result={result} onApply={onApply} applying={applying} />}
      {result && <AllSteps result={result} />}
    </div>
  );
}

function headlineOf(run: TestRun | null): string {
  if (!run) return text.test.hint;
  const { running, result } = run;
  if (running) return text.test.running;
  if (!result) return text.test.notRun;
  return result.success ? text.test.success : result.message;
}

function headlineTone(run: TestRun | null): string {
  const phase = phaseOf(run);
  if (phase !== 'ended') return phase;
  return run?.result?.success ? 'ok' : 'failed';
}

function phaseOf(run: TestRun | null): TestPhase {
  if (!run) return 'idle';
  return run.running ? 'running' : 'ended';
}

function Line({ line: { id, state, durationMs } }: { line: TestLine }) {
  const Icon = STATE_ICONS[state];
  return (
    <li className={`test-line ${state}`}>
      <Icon size={16} aria-hidden />
      <span className="test-line-name">{text.test.lines[id]}</span>
      <span className="visually-hidden">: {text.test.states[state]}</span>
      {durationMs !== null && <span className="test-duration">{formatDuration(durationMs)}</span>}
    </li>
  );
}

function LatencyLine({ latencyMs, phase }: { latencyMs: number | null; phase: TestPhase }) {
  const notReached = phase === 'ended' ? 'skipped' : 'waiting';
  const state: LineState = latencyMs === null ? notReached : 'ok';
  const Icon = STATE_ICONS[state];
  return (
    <li className={`test-line ${state}`}>
      <Icon size={16} aria-hidden />
      <span className="test-line-name">
        {latencyMs === null ? text.test.latencyWaiting : text.test.latency(latencyMs)}
      </span>
      {latencyMs === null && <span className="visually-hidden">: {text.test.states[state]}</span>}
    </li>
  );
}

function Advice({ result, onApply, applying }: { result: TestResult } & Required<Omit<TestReportProps, 'run'>>) {
  const { code, hint, suggested_config: suggested, warnings } = result;
  const isHostKey = code === 'ssh.host_key.unknown' || code === 'ssh.host_key.changed';
  return (
    <>
      {hint !== null && (
        <div className="test-hint">
          <WrenchIcon size={16} aria-hidden />
          <p>
            <strong>{text.test.whatToDo}:</strong> {hint}
          </p>
        </div>
      )}
      {isHostKey && <HostKeyConfirmation result={result} onConfirm={onApply} />}
      {suggested && !isHostKey && (
        <div className="test-suggestion">
          <button type="button" className="button primary" disabled={applying} onClick={() => onApply(suggested)}>
            {text.test.apply}
          </button>
          <span className="muted">{text.test.applies(describeChanges(suggested))}</span>
        </div>
      )}
      {warnings.map((warning) => (
        <p key={warning.code + warning.message} className="notice warning">
          {warning.message}
        </p>
      ))}
    </>
  );
}

function AllSteps({ result: { checks, evidence } }: { result: TestResult }) {
  return (
    <details className="all-steps">
      <summary>{text.test.allSteps}</summary>
      <ol>
        {checks.map(({ name, status, duration_ms, message }) => (
          <li key={name} className={`step ${status}`}>
            <span>
              {text.test.steps[name]}: {text.test.states[status]}
            </span>
            {duration_ms !== null && <span className="test-duration">{formatDuration(duration_ms)}</span>}
            {message !== null && <span className="muted">{message}</span>}
          </li>
        ))}
      </ol>
      {evidence !== null && (
        <p className="evidence">
          {text.test.evidence}: <code>{evidence}</code>
        </p>
      )}
    </details>
  );
}

function describeChanges(suggested: Record<string, string | number>): string {
  return Object.entries(suggested)
    .map(([field, value]) => `${field} to ${value}`)
    .join(', ');
}
