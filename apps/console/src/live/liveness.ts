import { createContext, useContext } from 'react';

const LivenessContext = createContext(false);
export const LivenessProvider = LivenessContext.Provider;

/** Whether the event stream tells of every change; where it does not, queries ask again by themselves. */
export const useLiveness = (): boolean => useContext(LivenessContext);
