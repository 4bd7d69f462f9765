import { BoxesIcon, CloudIcon, DatabaseIcon, FlameIcon, FolderKeyIcon, FolderUpIcon } from 'lucide-react';
import type { Provider } from '../api/types.js';

const ICONS = {
  aws_s3: BoxesIcon,
  cloudflare_r2: CloudIcon,
  backblaze_b2: FlameIcon,
  minio: DatabaseIcon,
  sftp: FolderKeyIcon,
  ftp: FolderUpIcon,
} satisfies Record<Provider, unknown>;

export function ProviderIcon({ provider }: { provider: Provider }) {
  const Icon = ICONS[provider];
  return (
    <span className={`provider-icon ${provider}`} aria-hidden>
      <Icon size={20} strokeWidth={1.75} />
    </span>
  );
}
