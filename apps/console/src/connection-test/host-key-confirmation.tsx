import type { TestResult } from '../api/types.js';
import { text } from '../text.js';
import { CopyButton } from '../ui/copy-button.js';

interface HostKeyConfirmationProps {
  result: TestResult;
  /** The key that was confirmed before, if any. */
  pinned: string | null;
  onConfirm: (fields: { host_key_sha256: string }) => void;
}

/**
 * A key met for the first time is confirmed by a person who has compared it. One that differs from the pinned key is
 * shown, never taken over by a click: it takes the edit form, and all credentials again.
 */
export function HostKeyConfirmation({ result, pinned, onConfirm }: HostKeyConfirmationProps) {
  const { code, host_key_sha256: met } = result;
  if (met === null) return null;
  if (code === 'ssh.host_key.changed') {
    return (
      <div className="host-key changed">
        <p>{text.hostKey.changed}</p>
        <dl className="host-keys">
          {pinned !== null && (
            <div>
              <dt>{text.hostKey.pinned}</dt>
              <dd>
                <code>{pinned}</code>
              </dd>
            </div>
          )}
          <div>
            <dt>{text.hostKey.shownNow}</dt>
            <dd>
              <code>{met}</code>
            </dd>
          </div>
        </dl>
        <p className="muted">{text.hostKey.whatNow}</p>
      </div>
    );
  }
  return (
    <div className="host-key">
      <h3>{text.hostKey.title}</h3>
      <p>{text.hostKey.explain}</p>
      <div className="host-key-command">
        <code>{text.hostKey.command}</code>
        <CopyButton value={text.hostKey.command} />
      </div>
      <code className="fingerprint">{met}</code>
      <button type="button" className="button primary" onClick={() => onConfirm({ host_key_sha256: met })}>
        {text.hostKey.confirm}
      </button>
    </div>
  );
}
