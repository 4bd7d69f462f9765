import { type SubmitEvent, useId, useRef, useState } from 'react';
import { text } from '../text.js';
import { signIn } from './session.js';

export function TokenForm({ submit, help }: { submit: string; help?: string }) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [refused, setRefused] = useState(false);

  const onSubmit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const accepted = signIn(input.current?.value ?? '');
    setRefused(!accepted);
    if (accepted) event.currentTarget.reset();
  };

  return (
    <form className="token-form" onSubmit={onSubmit}>
      <label htmlFor={id}>{text.session.tokenLabel}</label>
      <div className="token-input">
        <input
          id={id}
          ref={input}
          type="password"
          required
          autoComplete="off"
          aria-invalid={refused}
          aria-describedby={`${id}-note`}
        />
        <button type="submit" className="button primary">
          {submit}
        </button>
      </div>
      <p id={`${id}-note`} className={refused ? 'field-error' : 'field-help'} role={refused ? 'alert' : undefined}>
        {refused ? text.session.badToken : help}
      </p>
    </form>
  );
}
