import { CheckIcon, CircleDashedIcon, LoaderCircleIcon, MinusIcon, WrenchIcon, XIcon } from 'lucide-react';
import type { TestResult } from '../api/types.js';
import { formatDuration } from '../format/time.js';
import { text } from '../text.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { CopyButton } from '../ui/copy-button.js';
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
  /** The host key that was confirmed, if any. */
  pinned?: string | null;
}

const NOT_STARTED: TestRun = { running: false, checks: [], result: null, problem: null };

/** A test as it runs and what came of it: the lines stand still from the start and only tick off. */
export function TestReport({ run, onApply, applying = false, pinned = null }: TestReportProps) {
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
      {result && <Advice {...{ result, onApply, applying, pinned }} />}
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

type AdviceProps = { result: TestResult } & Required<Omit<TestReportProps, 'run'>>;

function Advice({ result, onApply, applying, pinned }: AdviceProps) {
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
      {isHostKey && <HostKeyConfirmation result={result} pinned={pinned} onConfirm={onApply} />}
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

/** What to run on a server that may reach the storage, to see the same; there is no secret in it. */
function Reproduce({ command }: { command: string }) {
  return (
    <div className="reproduce">
      <div className="section-head">
        <h3>{text.test.reproduce}</h3>
        <CopyButton value={command} />
      </div>
      <pre tabIndex={0} aria-label={text.test.reproduce}>
        {command}
      </pre>
    </div>
  );
}

function AllSteps({ result: { checks, evidence, reproduce } }: { result: TestResult }) {
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
      {reproduce !== null && <Reproduce command={reproduce} />}
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
    .map(([field, value]) => text.test.setsTo(field, value))
    .join(', ');
}
