import { lazy, Suspense } from 'react';
import { useStorageEvents } from './live/use-storage-events.js';
import { LivenessProvider } from './live/liveness.js';
import { usePlace } from './navigation.js';
import type { Place } from './place.js';
import { useWaiting } from './unsaved/unsaved.js';
import type { Session } from './session/session.js';
import { useSession } from './session/session.js';
import { ExpiredBanner } from './session/expired-banner.js';
import { SignIn } from './session/sign-in.js';
import { Header } from './header.js';
import { Announcements } from './ui/announcements.js';
import { Loading } from './ui/loading.js';
import { ViewBoundary } from './ui/view-boundary.js';
import { OwnerProvider } from './storages/owner.js';
import { ownerOf } from './storages/owner-of-place.js';
import { StoragesView } from './storages/storages-view.js';
import { text } from './text.js';

const AddStorage = lazy(() => import('./storage-form/add-storage.js'));
const EditStorage = lazy(() => import('./storage-form/edit-storage.js'));
const RotateCredentials = lazy(() => import('./storage-form/rotate-credentials.js'));
const StoragePage = lazy(() => import('./storage-page/storage-page.js'));
const AuditView = lazy(() => import('./audit/audit-view.js'));
const DiscardDialog = lazy(() => import('./unsaved/discard-dialog.js'));
const PlatformView = lazy(() => import('./platform/platform-view.js'));

export function App() {
  const session = useSession();
  return session ? <SignedIn session={session} /> : <SignIn />;
}

function SignedIn({ session }: { session: Session }) {
  const place = usePlace();
  const owner = ownerOf(place, session);
  const live = useStorageEvents(owner, !session.expired);
  const asksToLeave = useWaiting();
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
              <ViewBoundary key={place.view.name}>
                <Suspense fallback={<Loading />}>
                  <CurrentView place={place} />
                </Suspense>
              </ViewBoundary>
            </OwnerProvider>
          </LivenessProvider>
        ) : (
          <p className="notice">{text.session.nothingGranted}</p>
        )}
      </main>
      {asksToLeave && (
        <Suspense>
          <DiscardDialog />
        </Suspense>
      )}
      <Announcements />
    </>
  );
}

function CurrentView({ place: { platform, view } }: { place: Place }) {
  if (view.name === 'add') return <AddStorage />;
  if (view.name === 'audit') return <AuditView />;
  if (view.name === 'edit') return <EditStorage id={view.id} />;
  if (view.name === 'rotate') return <RotateCredentials id={view.id} />;
  if (view.name === 'storage') return <StoragePage id={view.id} />;
  return platform ? <PlatformView /> : <StoragesView />;
}
