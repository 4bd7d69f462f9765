import { type ChangeEvent, type ComponentProps } from 'react';
import { text } from '../text.js';

interface PrivateKeyProps {
  input: ComponentProps<'textarea'>;
  onFile: (content: string) => void;
}

export function PrivateKey({ input, onFile }: PrivateKeyProps) {
  const readFile = async ({ currentTarget }: ChangeEvent<HTMLInputElement>) => {
    const [file] = currentTarget.files ?? [];
    if (file) onFile(await file.text());
  };
  return (
    <div className="private-key">
      <textarea rows={4} autoComplete="off" spellCheck={false} {...input} />
      <label className="button small">
        {text.form.chooseFile}
        <input type="file" className="visually-hidden" onChange={(event) => void readFile(event)} />
      </label>
    </div>
  );
}
