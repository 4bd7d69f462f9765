import { type ReactNode, useId } from 'react';
import { text } from '../text.js';

/** What an input takes over to belong to its label, help and error. */
export interface FieldControl {
  id: string;
  'aria-invalid': boolean;
  'aria-describedby': string;
}

interface FormFieldProps {
  name: string;
  label: string;
  help: string;
  optional?: boolean;
  error?: string;
  children: (control: FieldControl) => ReactNode;
}

export function FormField({ name, label, help, optional = false, error, children }: FormFieldProps) {
  const id = `${useId()}${name}`;
  const helpId = `${id}-help`;
  const errorId = `${id}-error`;
  return (
    <div className="field">
      <div className="field-label">
        <label htmlFor={id}>{label}</label>
        {optional && <span className="muted">{text.form.optional}</span>}
      </div>
      {children({
        id,
        'aria-invalid': error !== undefined,
        'aria-describedby': error === undefined ? helpId : `${errorId} ${helpId}`,
      })}
      {error !== undefined && (
        <p id={errorId} className="field-error">
          {error}
        </p>
      )}
      <p id={helpId} className="field-help">
        {help}
      </p>
    </div>
  );
}
