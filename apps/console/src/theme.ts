import { useSyncExternalStore } from 'react';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'stowage.theme';
const listeners = new Set<() => void>();

/** Light or dark as the person chose it here, else as the system has it. */
export function useTheme(): Theme {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => chosenTheme(),
  );
}

export function chooseTheme(theme: Theme): void {
  localStorage.setItem(KEY, theme);
  showChosenTheme();
  for (const listener of listeners) listener();
}

export function showChosenTheme(): void {
  document.documentElement.dataset['theme'] = chosenTheme();
}

function chosenTheme(): Theme {
  const stored = localStorage.getItem(KEY);
  return THEMES.find((theme) => theme === stored) ?? 'system';
}
