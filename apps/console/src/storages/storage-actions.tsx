import { createContext, lazy, type ReactNode, Suspense, useContext, useState } from 'react';
import type { StorageConfig } from '../api/types.js';
import type { ConnectionTests } from '../connection-test/use-connection-tests.js';
import type { ActionToConfirm } from './action-to-confirm.js';
import { useOwner } from './owner.js';
import { useRefreshStorages } from './queries.js';

const ConfirmAction = lazy(() => import('./confirm-action.js'));

export interface StorageActions {
  tests: ConnectionTests;
  test: (config: StorageConfig, depth?: 'quick' | 'full') => Promise<void>;
  ask: (action: ActionToConfirm, config: StorageConfig) => void;
}

const ActionsContext = createContext<StorageActions | null>(null);

/** What can be done to a storage from its card, its menu and its page. */
export function useStorageActions(): StorageActions {
  const actions = useContext(ActionsContext);
  if (!actions) throw new Error('useStorageActions needs a StorageActionsProvider around it');
  return actions;
}

interface StorageActionsProviderProps {
  /** All of the owner's, to name the default one that another replaces. */
  configs: StorageConfig[];
  tests: ConnectionTests;
  children: ReactNode;
}

export function StorageActionsProvider({ configs, tests, children }: StorageActionsProviderProps) {
  const owner = useOwner();
  const refresh = useRefreshStorages();
  const [asked, setAsked] = useState<{ action: ActionToConfirm; config: StorageConfig } | null>(null);

  const actions: StorageActions = {
    tests,
    async test({ id }, depth = 'quick') {
      await tests.start(id, { url: owner.testSavedUrl(id, depth) });
      await refresh();
    },
    ask: (action, config) => setAsked({ action, config }),
  };
  return (
    <ActionsContext value={actions}>
      {children}
      {asked && (
        <Suspense>
          <ConfirmAction
            action={asked.action}
            config={configs.find(({ id }) => id === asked.config.id) ?? asked.config}
            currentDefault={configs.find(({ is_default }) => is_default) ?? null}
            onClose={() => setAsked(null)}
            onAsk={(action) => setAsked({ ...asked, action })}
          />
        </Suspense>
      )}
    </ActionsContext>
  );
}
