/** What this browser was told to look like. Kept in localStorage, which may be refused or hold anything. */
import { createContext, use } from "react";
import { useStore } from "zustand";
import { createStore, type StoreApi } from "zustand/vanilla";

export interface Preferences {
  theme: "system" | "light" | "dark";
  compact: boolean;
  notify: boolean;
  /** The sidebar's width in pixels. */
  sidebar: number;
}

export const sidebarWidth = { initial: 268, least: 200, most: 420 };
export const preferencesKey = "parley.preferences"; // public/theme.js reads it too, before the first paint

const initial: Preferences = { theme: "system", compact: false, notify: false, sidebar: sidebarWidth.initial };

export type PreferencesStore = StoreApi<Preferences>;

/** Reads the kept preferences, and keeps what is set from then on. Without storage they last as long as the page. */
export function createPreferences(storage: Storage | null): PreferencesStore {
  const store = createStore<Preferences>(() => ({ ...initial, ...read(storage) }));
  store.subscribe((state) => {
    try {
      storage?.setItem(preferencesKey, JSON.stringify(state));
    } catch {
      // Full or refused: the preference then lasts as long as the page, which is all there is to do about it.
    }
  });
  return store;
}

/** The browser's localStorage, or null where it is refused. */
export function openStorage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

function read(storage: Storage | null): Partial<Preferences> {
  try {
    const kept: unknown = JSON.parse(storage?.getItem(preferencesKey) ?? "{}");
    return typeof kept === "object" && kept !== null ? valid(kept as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function valid(kept: Record<string, unknown>): Partial<Preferences> {
  const { theme, compact, notify, sidebar } = kept;
  return {
    ...((theme === "system" || theme === "light" || theme === "dark") && { theme }),
    ...(typeof compact === "boolean" && { compact }),
    ...(typeof notify === "boolean" && { notify }),
    ...(typeof sidebar === "number" && { sidebar: clampSidebar(sidebar) }),
  };
}

/** Holds a width inside what the layout allows. */
export function clampSidebar(width: number): number {
  return Math.round(Math.min(sidebarWidth.most, Math.max(sidebarWidth.least, width || sidebarWidth.initial)));
}

export const PreferencesContext = createContext<PreferencesStore | null>(null);

export function usePreferencesStore(): PreferencesStore {
  const store = use(PreferencesContext);
  if (!store) throw new Error("usePreferencesStore needs a PreferencesContext above it");
  return store;
}

export function usePreference<K extends keyof Preferences>(key: K): Preferences[K] {
  return useStore(usePreferencesStore(), (state) => state[key]);
}
