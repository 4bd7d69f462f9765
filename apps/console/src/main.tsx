import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import { asProblem } from './api/problem.js';
import { App } from './app.js';
import { readPlace } from './place.js';
import { currentSession, subscribe, takeTokenFromAddress } from './session/session.js';
import { ownerOf } from './storages/owner-of-place.js';
import { askEarly } from './storages/queries.js';
import { showChosenTheme } from './theme.js';

const MAX_RETRIES = 2;

takeTokenFromAddress();
window.addEventListener('hashchange', takeTokenFromAddress);
showChosenTheme();

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 1000,
      retry: (failures, error) => failures < MAX_RETRIES && asProblem(error).passing,
    },
  },
});
subscribe(() => void queries.invalidateQueries());

const session = currentSession();
const owner = session && ownerOf(readPlace(location.search), session);
if (owner) askEarly(queries, owner);

createRoot(document.querySelector('#console')!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
