import { ScrollTextIcon } from 'lucide-react';
import { show } from '../navigation.js';
import { useMay } from '../storages/owner.js';
import { text } from '../text.js';

/** Leads those to the audit who may see it. */
export function OpenAudit() {
  const mayUpdate = useMay('org.storage.update');
  if (!mayUpdate) return null;
  return (
    <button type="button" className="button" onClick={() => show({ name: 'audit' })}>
      <ScrollTextIcon size={16} aria-hidden />
      {text.audit.open}
    </button>
  );
}
