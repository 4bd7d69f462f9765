import { EllipsisIcon } from 'lucide-react';
import { lazy, useState, useTransition } from 'react';
import type { StorageConfig } from '../api/types.js';
import { text } from '../text.js';

const loadMenu = () => import('./storage-menu.js');
const StorageMenu = lazy(loadMenu);

/**
 * The button of the menu, which takes the button's place when it is first opened: a long list draws a button for each
 * storage as it scrolls, and a menu only for the few that were asked for.
 */
export function MoreActions({ config, nameId }: { config: StorageConfig; nameId: string }) {
  const [opened, setOpened] = useState(false);
  const [, startTransition] = useTransition();
  if (opened) return <StorageMenu config={config} nameId={nameId} />;
  return (
    <button
      type="button"
      className="button icon"
      aria-label={text.storages.more}
      aria-describedby={nameId}
      aria-haspopup="menu"
      aria-expanded={false}
      onPointerEnter={() => void loadMenu()}
      onFocus={() => void loadMenu()}
      onClick={() => startTransition(() => setOpened(true))}
    >
      <EllipsisIcon size={18} aria-hidden />
    </button>
  );
}
