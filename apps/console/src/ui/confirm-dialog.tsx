import { AlertDialog } from '@base-ui/react/alert-dialog';
import type { ReactNode } from 'react';
import { text } from '../text.js';
import { ProblemNotice } from './problem-notice.js';
import './dialog.css';

export interface ConfirmDialogProps {
  title: string;
  children: ReactNode;
  confirm: string;
  /** Of the way back. */
  cancel?: string;
  dangerous?: boolean;
  pending: boolean;
  error: unknown;
  /** Ways out, shown when it was refused. */
  onRefused?: ReactNode;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something that is not done by the way. Stays open while it runs, and when it is refused. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const {
    title,
    children,
    confirm,
    cancel = text.cancel,
    dangerous,
    pending,
    error,
    onRefused,
    onConfirm,
    onClose,
  } = props;
  return (
    <AlertDialog.Root open onOpenChange={(open) => !open && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="dialog-backdrop" />
        <AlertDialog.Popup className="dialog">
          <AlertDialog.Title className="dialog-title">{title}</AlertDialog.Title>
          <AlertDialog.Description render={<div />} className="dialog-text">
            {children}
          </AlertDialog.Description>
          {error !== null && (
            <>
              <ProblemNotice error={error} />
              {onRefused}
            </>
          )}
          <div className="dialog-actions">
            <AlertDialog.Close className="button">{cancel}</AlertDialog.Close>
            <button
              type="button"
              className={`button ${dangerous ? 'danger' : 'primary'}`}
              disabled={pending}
              onClick={onConfirm}
            >
              {confirm}
            </button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
