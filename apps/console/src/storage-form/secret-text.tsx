import { type ComponentProps, useState } from 'react';
import { text } from '../text.js';

export function SecretText({ input }: { input: ComponentProps<'input'> }) {
  const [shown, setShown] = useState(false);
  return (
    <div className="secret-text">
      <input type={shown ? 'text' : 'password'} autoComplete="new-password" spellCheck={false} {...input} />
      <button type="button" className="button small quiet" aria-controls={input.id} onClick={() => setShown(!shown)}>
        {shown ? text.form.hideSecret : text.form.showSecret}
      </button>
    </div>
  );
}
