import { MonitorIcon, MoonIcon, SunIcon } from 'lucide-react';
import { go } from './navigation.js';
import type { Session } from './session/session.js';
import logo from './stowage.svg';
import type { Owner } from './storages/owner.js';
import { text } from './text.js';
import { chooseTheme, type Theme, THEMES, useTheme } from './theme.js';
import './header.css';

const THEME_ICONS = { system: MonitorIcon, light: SunIcon, dark: MoonIcon };

export function Header({ session, owner }: { session: Session; owner: Owner | null }) {
  const organizations = Object.keys(session.claims.organizations);
  const { isPlatformAdministrator } = session.claims;
  return (
    <header className="header">
      <div className="header-content">
        <span className="header-product">
          <img src={logo} alt="" width={26} height={26} />
          {text.product}
        </span>
        {isPlatformAdministrator && organizations.length > 0 && <Areas owner={owner} organizations={organizations} />}
        <span className="header-space" />
        {organizations.length > 1 && owner?.organizationId && (
          <OrganizationChooser organizations={organizations} chosen={owner.organizationId} />
        )}
        <ThemeChooser />
      </div>
    </header>
  );
}

function Areas({ owner, organizations }: { owner: Owner | null; organizations: string[] }) {
  const isPlatform = owner?.organizationId === null;
  const open = (platform: boolean) =>
    go({ platform, organizationId: organizations[0] ?? null, view: { name: 'storages' } });
  return (
    <nav className="areas" aria-label={text.navigation.label}>
      <button type="button" className="area" aria-current={isPlatform ? undefined : 'page'} onClick={() => open(false)}>
        {text.navigation.storage}
      </button>
      <button type="button" className="area" aria-current={isPlatform ? 'page' : undefined} onClick={() => open(true)}>
        {text.navigation.platform}
      </button>
    </nav>
  );
}

function OrganizationChooser({ organizations, chosen }: { organizations: string[]; chosen: string }) {
  return (
    <label className="header-choice">
      <span>{text.navigation.organization}</span>
      <select
        value={chosen}
        onChange={({ target }) => go({ platform: false, organizationId: target.value, view: { name: 'storages' } })}
      >
        {organizations.map((id) => (
          <option key={id} value={id}>
            {id}
          </option>
        ))}
      </select>
    </label>
  );
}

function ThemeChooser() {
  const theme = useTheme();
  const Icon = THEME_ICONS[theme];
  return (
    <label className="header-choice theme-choice">
      <Icon size={16} aria-hidden />
      <span className="visually-hidden">{text.theme.label}</span>
      <select value={theme} onChange={({ target }) => chooseTheme(target.value as Theme)}>
        {THEMES.map((known) => (
          <option key={known} value={known}>
            {text.theme[known]}
          </option>
        ))}
      </select>
    </label>
  );
}
