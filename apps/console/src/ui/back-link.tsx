import { ArrowLeftIcon } from 'lucide-react';
import { show } from '../navigation.js';
import { text } from '../text.js';

export function BackLink({ label = text.navigation.back, onClick = () => show({ name: 'storages' }) }) {
  return (
    <button type="button" className="back-link" onClick={onClick}>
      <ArrowLeftIcon size={16} aria-hidden />
      {label}
    </button>
  );
}
