import { useSyncExternalStore } from 'react';

/** What one person likes on one machine; kept in the browser, never on the server. */
export type Preferences = {
  theme: 'system' | 'light' | 'dark';
  density: 'compact' | 'comfortable';
  locale: 'zh-CN' | 'en';
  /** single keys that act on a page, as the review queue has them; never in fields */
  shortcuts: 'on' | 'off';
};
const STORAGE_KEY = 'ronghe.preferences';
const DEFAULTS: Preferences = { theme: 'system', density: 'compact', locale: 'zh-CN', shortcuts: 'on' };

let current: Preferences | null = null;
const listeners = new Set<() => void>();

/** Reads what is remembered; a browser that forbids storage gets the defaults. */
export function preferences(): Preferences {
  current ??= { ...DEFAULTS, ...remembered() };
  return current;
}

/** Changes, remembers and tells everybody who listens. */
export function setPreferences(change: Partial<Preferences>): void {
  current = { ...preferences(), ...change };
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(current));
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
  for (const listener of listeners) listener();
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribe, preferences);
}

/** True when dark is chosen, or the system asks for it and nothing is chosen. Follows both. */
export function useDark(): boolean {
  const { theme } = usePreferences();
  const system = useSyncExternalStore(subscribeSystem, () => systemDark().matches);
  return theme === 'system' ? system : theme === 'dark';
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const systemDark = () => window.matchMedia('(prefers-color-scheme: dark)');
function subscribeSystem(listener: () => void): () => void {
  const query = systemDark();
  query.addEventListener('change', listener);
  return () => query.removeEventListener('change', listener);
}

function remembered(): Partial<Preferences> {
  try {
    const text = localStorage.getItem(STORAGE_KEY);
    const value: unknown = text === null ? null : JSON.parse(text);
    if (typeof value !== 'object' || value === null) return {};
    return Object.fromEntries(
      Object.entries(value).filter(([name, choice]) => CHOICES[name]?.includes(String(choice)) ?? false),
    );
  } catch {
    return {};
  }
}
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  theme: ['system', 'light', 'dark'],
  density: ['compact', 'comfortable'],
  locale: ['zh-CN', 'en'],
  shortcuts: ['on', 'off'],
};
