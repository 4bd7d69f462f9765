import { Menu } from '@base-ui/react/menu';
import { EllipsisIcon } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { StorageConfig } from '../api/types.js';
import { show } from '../navigation.js';
import { text } from '../text.js';
import { useMay } from './owner.js';
import { useStorageActions } from './storage-actions.js';

/** Opens as soon as it is there. */
export default function StorageMenu({ config, nameId }: { config: StorageConfig; nameId: string }) {
  const { test, ask } = useStorageActions();
  const mayUpdate = useMay('org.storage.update');
  const mayDelete = useMay('org.storage.delete');
  const { id } = config;
  const trigger = useRef<HTMLButtonElement>(null);
  // A click and not `defaultOpen`, which would not put the focus on the first item.
  useEffect(() => trigger.current?.click(), []);
  return (
    <Menu.Root>
      <Menu.Trigger ref={trigger} className="button icon" aria-label={text.storages.more} aria-describedby={nameId}>
        <EllipsisIcon size={18} aria-hidden />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner align="end" sideOffset={6} className="menu-layer">
          <Menu.Popup className="menu">
            <Item onClick={() => show({ name: 'storage', id })}>{text.storages.details}</Item>
            {mayUpdate && (
              <>
                <Item onClick={() => void test(config, 'full')}>{text.storages.fullTest}</Item>
                <Menu.Separator className="menu-separator" />
                <Item onClick={() => show({ name: 'edit', id })}>{text.storages.edit}</Item>
                <Item onClick={() => show({ name: 'rotate', id })}>{text.storages.rotate}</Item>
                {config.is_active ? (
                  <Item onClick={() => ask('deactivate', config)}>{text.storages.deactivate}</Item>
                ) : (
                  <Item onClick={() => ask('activate', config)}>{text.storages.activate}</Item>
                )}
              </>
            )}
            {mayDelete && (
              <>
                <Menu.Separator className="menu-separator" />
                <Item dangerous onClick={() => ask('remove', config)}>
                  {text.storages.remove}
                </Item>
              </>
            )}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

function Item({ dangerous, ...props }: { dangerous?: boolean; onClick: () => void; children: string }) {
  return <Menu.Item className={`menu-item ${dangerous ? 'danger' : ''}`} {...props} />;
}
