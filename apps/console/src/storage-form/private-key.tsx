import { useMutation } from '@tanstack/react-query';
import type { ChangeEvent, ComponentProps } from 'react';
import { api, dataOf } from '../api/client.js';
import type { SshKey } from '../api/types.js';
import { useOwner } from '../storages/owner.js';
import { text } from '../text.js';
import { CopyButton } from '../ui/copy-button.js';
import { ProblemNotice } from '../ui/problem-notice.js';

interface PrivateKeyProps {
  input: ComponentProps<'textarea'>;
  onFile: (content: string) => void;
  onMade: (key: SshKey) => void;
}

/** A key to paste, to upload, or made here: then its private half is sealed and never seen. */
export function PrivateKey({ input, onFile, onMade }: PrivateKeyProps) {
  const { organizationId } = useOwner();
  const readFile = async ({ currentTarget }: ChangeEvent<HTMLInputElement>) => {
    const [file] = currentTarget.files ?? [];
    if (file) onFile(await file.text());
  };
  return (
    <div className="private-key">
      <textarea rows={4} autoComplete="off" spellCheck={false} {...input} />
      <div className="private-key-sources">
        <label className="button small">
          {text.form.chooseFile}
          <input type="file" className="visually-hidden" onChange={(event) => void readFile(event)} />
        </label>
        {organizationId !== null && <MakeKey organizationId={organizationId} onMade={onMade} />}
      </div>
    </div>
  );
}

function MakeKey({ organizationId, onMade }: { organizationId: string; onMade: (key: SshKey) => void }) {
  const make = useMutation({
    mutationFn: async () =>
      dataOf(
        await api.POST('/api/v1/backups/storage-tools/ssh-key', {
          params: { query: { organization_id: organizationId } },
        }),
      ),
    onSuccess: onMade,
  });
  return (
    <>
      <button type="button" className="button small" disabled={make.isPending} onClick={() => make.mutate()}>
        {text.form.makeKey}
      </button>
      {make.error && <ProblemNotice error={make.error} />}
      {make.data && (
        <div className="made-key" role="status">
          <p>{text.form.keyMade}</p>
          <code>{make.data.authorized_keys}</code>
          <CopyButton value={make.data.authorized_keys} />
        </div>
      )}
    </>
  );
}
