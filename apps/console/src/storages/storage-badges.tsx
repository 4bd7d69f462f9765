import type { StorageConfig } from '../api/types.js';
import { text } from '../text.js';

export function StorageBadges({ config }: { config: StorageConfig }) {
  return (
    <>
      {config.is_default && <span className="badge accent">{text.storages.defaultBadge}</span>}
      {!config.is_active && <span className="badge">{text.storages.inactiveBadge}</span>}
    </>
  );
}
