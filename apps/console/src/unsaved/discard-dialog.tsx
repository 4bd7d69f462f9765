import { text } from '../text.js';
import { ConfirmDialog } from '../ui/confirm-dialog.js';
import { discard, stay } from './unsaved.js';

export default function DiscardDialog() {
  return (
    <ConfirmDialog
      dangerous
      title={text.unsaved.title}
      cancel={text.unsaved.stay}
      confirm={text.unsaved.discard}
      pending={false}
      error={null}
      onConfirm={discard}
      onClose={stay}
    >
      {text.unsaved.lead}
    </ConfirmDialog>
  );
}
