import { LockIcon } from 'lucide-react';
import { text } from '../text.js';

export function CredentialsNote() {
  return (
    <p className="credentials-note">
      <LockIcon size={14} aria-hidden />
      {text.form.credentialsHelp}
    </p>
  );
}
