import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useLayoutEffect, useRef, useState } from 'react';
import type { StorageConfig } from '../api/types.js';
import { text } from '../text.js';
import { StorageCard } from './storage-card.js';

/** Up to here the browser draws them all, which keeps its own search and printing whole. */
const DRAW_ALL = 60;
const ESTIMATED_CARD_PX = 172;

export function StorageList({ configs }: { configs: StorageConfig[] }) {
  if (configs.length > DRAW_ALL) return <LongList configs={configs} />;
  return (
    <ul className="storages" aria-label={text.storages.list}>
      {configs.map((config) => (
        <li key={config.id}>
          <StorageCard config={config} />
        </li>
      ))}
    </ul>
  );
}

/** Draws only what is in sight. */
function LongList({ configs }: { configs: StorageConfig[] }) {
  const list = useRef<HTMLUListElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => setTop(list.current?.offsetTop ?? 0), []);
  const virtualizer = useWindowVirtualizer({
    count: configs.length,
    estimateSize: () => ESTIMATED_CARD_PX,
    getItemKey: (index) => configs[index]!.id,
    overscan: 6,
    scrollMargin: top,
    directDomUpdates: true,
    directDomUpdatesMode: 'position',
  });
  return (
    <ul
      ref={(element) => {
        list.current = element;
        virtualizer.containerRef(element);
      }}
      className="storages long"
      aria-label={text.storages.list}
    >
      {virtualizer.getVirtualItems().map(({ key, index }) => (
        <li
          key={key}
          data-index={index}
          ref={virtualizer.measureElement}
          aria-setsize={configs.length}
          aria-posinset={index + 1}
        >
          <StorageCard config={configs[index]!} />
        </li>
      ))}
    </ul>
  );
}
