import { createContext, useContext } from 'react';

const POLL_MS = 4000;

const LivenessContext = createContext(false);
export const LivenessProvider = LivenessContext.Provider;

/** How often to ask, in milliseconds: never while the event stream tells of every change. */
export const usePolling = (): number | false => (useContext(LivenessContext) ? false : POLL_MS);
