import { show } from '../navigation.js';
import type { StorageConfig, UpdateStorageConfig } from '../api/types.js';
import { text } from '../text.js';
import { ConfirmDialog } from '../ui/confirm-dialog.js';
import type { ActionToConfirm } from './action-to-confirm.js';
import { useDeleteStorage, useUpdateStorage } from './queries.js';

interface ConfirmActionProps {
  action: ActionToConfirm;
  config: StorageConfig;
  currentDefault: StorageConfig | null;
  onClose: () => void;
  /** Asks for another action on the same storage instead. */
  onAsk: (action: ActionToConfirm) => void;
}

export default function ConfirmAction({ action, ...props }: ConfirmActionProps) {
  return action === 'remove' ? <ConfirmRemoval {...props} /> : <ConfirmChange change={CHANGES[action]} {...props} />;
}

interface Change {
  body: UpdateStorageConfig;
  confirm: string;
  title: (name: string) => string;
  explain: (config: StorageConfig, currentDefault: StorageConfig | null) => string[];
}

const CHANGES: Record<Exclude<ActionToConfirm, 'remove'>, Change> = {
  default: {
    body: { is_default: true },
    confirm: text.storages.setDefault,
    title: text.confirm.defaultTitle,
    explain: (_config, currentDefault) => [
      currentDefault ? text.confirm.defaultReplaces(currentDefault.name) : text.confirm.defaultFirst,
    ],
  },
  deactivate: {
    body: { is_active: false },
    confirm: text.storages.deactivate,
    title: text.confirm.deactivateTitle,
    explain: ({ is_default }) => [text.confirm.deactivate, ...(is_default ? [text.confirm.leavesNoDefault] : [])],
  },
  activate: {
    body: { is_active: true },
    confirm: text.storages.activate,
    title: text.confirm.activateTitle,
    explain: () => [text.confirm.activate],
  },
};

type Asked = Omit<ConfirmActionProps, 'action'>;

function ConfirmChange({ change, config, currentDefault, onClose }: Asked & { change: Change }) {
  const update = useUpdateStorage();
  return (
    <ConfirmDialog
      title={change.title(config.name)}
      confirm={change.confirm}
      pending={update.isPending}
      error={update.error}
      onConfirm={() => update.mutate({ config, body: change.body }, { onSuccess: onClose })}
      onClose={onClose}
    >
      {change.explain(config, currentDefault).map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
    </ConfirmDialog>
  );
}

function ConfirmRemoval({ config, onClose, onAsk }: Asked) {
  const remove = useDeleteStorage();
  const leaveTo = (view: Parameters<typeof show>[0]) => {
    onClose();
    show(view);
  };
  return (
    <ConfirmDialog
      dangerous
      title={text.confirm.removeTitle(config.name)}
      confirm={text.storages.remove}
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(config, { onSuccess: () => leaveTo({ name: 'storages' }) })}
      onClose={onClose}
      onRefused={
        <div className="ways-out">
          <button type="button" className="button" onClick={() => leaveTo({ name: 'storage', id: config.id })}>
            {text.confirm.seeBackups}
          </button>
          {config.is_active && (
            <button type="button" className="button" onClick={() => onAsk('deactivate')}>
              {text.confirm.deactivateInstead}
            </button>
          )}
        </div>
      }
    >
      <p>{text.confirm.remove}</p>
      {config.is_default && <p>{text.confirm.leavesNoDefault}</p>}
    </ConfirmDialog>
  );
}
