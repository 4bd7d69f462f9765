import { CheckIcon, CopyIcon } from 'lucide-react';
import { useState } from 'react';
import { text } from '../text.js';

const SHOWN_MS = 2000;

/** Not there where the browser has no clipboard for it: on a page over plain HTTP. What it would copy can be selected. */
export function CopyButton({ value }: { value: string }) {
  const [copied, setCopied] = useState(false);
  if (!('clipboard' in navigator)) return null;
  const copy = async () => {
    await navigator.clipboard.writeText(value);
    setCopied(true);
    setTimeout(() => setCopied(false), SHOWN_MS);
  };
  return (
    <button type="button" className="button small" onClick={() => void copy()}>
      {copied ? <CheckIcon size={14} aria-hidden /> : <CopyIcon size={14} aria-hidden />}
      <span aria-live="polite">{copied ? text.copied : text.copy}</span>
    </button>
  );
}
