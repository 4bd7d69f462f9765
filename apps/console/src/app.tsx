import { lazy, Suspense } from 'react';
import { useStorageEvents } from './live/use-storage-events.js';
import { LivenessProvider } from './live/liveness.js';
import { type Place, usePlace } from './navigation.js';
import type { Session } from './session/session.js';
import { useSession } from './session/session.js';
import { ExpiredBanner } from './session/expired-banner.js';
import { SignIn } from './session/sign-in.js';
import { Header } from './header.js';
import { Announcements } from './ui/announcements.js';
import { Loading } from './ui/loading.js';
import { organizationOwner, type Owner, OwnerProvider, PLATFORM_OWNER } from './storages/owner.js';
import { StoragesView } from './storages/storages-view.js';
import { text } from './text.js';

const AddStorage = lazy(() => import('./storage-form/add-storage.js'));
const EditStorage = lazy(() => import('./storage-form/edit-storage.js'));
const RotateCredentials = lazy(() => import('./storage-form/rotate-credentials.js'));
const StoragePage = lazy(() => import('./storage-page/storage-page.js'));
const PlatformView = lazy(() => import('./platform/platform-view.js'));

export function App() {
  const session = useSession();
  return session ? <SignedIn session={session} /> : <SignIn />;
}

function SignedIn({ session }: { session: Session }) {
  const place = usePlace();
  const owner = ownerOf(place, session);
  const live = useStorageEvents(owner?.organizationId ?? null, !session.expired);
  return (
    <>
      <a className="skip-link" href="#content">
        {text.skipToContent}
      </a>
      <Header session={session} owner={owner} />
      {session.expired && <ExpiredBanner />}
      <main id="content" tabIndex={-1} className="page">
        {owner ? (
          <LivenessProvider value={live}>
            <OwnerProvider value={owner} key={owner.key}>
              <Suspense fallback={<Loading />}>
                <CurrentView place={place} />
              </Suspense>
            </OwnerProvider>
          </LivenessProvider>
        ) : (
          <p className="notice">{text.session.nothingGranted}</p>
        )}
      </main>
      <Announcements />
    </>
  );
}

function CurrentView({ place: { platform, view } }: { place: Place }) {
  if (view.name === 'add') return <AddStorage />;
  if (view.name === 'edit') return <EditStorage id={view.id} />;
  if (view.name === 'rotate') return <RotateCredentials id={view.id} />;
  if (view.name === 'storage') return <StoragePage id={view.id} />;
  return platform ? <PlatformView /> : <StoragesView />;
}

/** Null when the session grants nothing that could be shown. */
function ownerOf({ platform, organizationId }: Place, { claims }: Session): Owner | null {
  const organizations = Object.keys(claims.organizations);
  if (claims.isPlatformAdministrator && (platform || organizations.length === 0)) return PLATFORM_OWNER;
  const chosen = organizations.find((id) => id === organizationId) ?? organizations[0];
  return chosen === undefined ? null : ownerOfOrganization(chosen);
}

const owners = new Map<string, Owner>();

function ownerOfOrganization(id: string): Owner {
  const known = owners.get(id) ?? organizationOwner(id);
  owners.set(id, known);
  return known;
}
