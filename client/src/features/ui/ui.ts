/** What is open on top of the chat and what is being edited: state of this page alone, which no one else needs. */
import { createContext, use } from "react";
import { useStore } from "zustand";
import { createStore, type StoreApi } from "zustand/vanilla";

export type Dialog =
  | { kind: "switcher" }
  | { kind: "create"; name: string }
  | { kind: "help" }
  | { kind: "leaveChat" }
  | { kind: "delete"; channel: string; id: string }
  | { kind: "sheet"; channel: string; id: string };

/** A message that is being rewritten in the composer. `resend`: a failed one, to be sent anew instead of edited. */
export interface Editing {
  channel: string;
  id: string;
  text: string;
  resend: boolean;
}

export interface UiState {
  dialog: Dialog | null;
  editing: Editing | null;
  /** A sentence about something that just happened, until it is closed or replaced. */
  notice: string | null;
  /** On narrow screens: which one of the two panes is shown. */
  pane: "channel" | "list";
}

export interface Ui {
  store: StoreApi<UiState>;
  show(dialog: Dialog): void;
  close(): void;
  edit(editing: Editing): void;
  stopEditing(): void;
  notify(notice: string | null): void;
  setPane(pane: UiState["pane"]): void;
}

export function createUi(): Ui {
  const store = createStore<UiState>(() => ({ dialog: null, editing: null, notice: null, pane: "channel" }));
  return {
    store,
    show: (dialog) => store.setState({ dialog }),
    close: () => store.setState({ dialog: null }),
    edit: (editing) => store.setState({ editing }),
    stopEditing: () => store.setState({ editing: null }),
    notify: (notice) => store.setState({ notice }),
    setPane: (pane) => store.setState({ pane }),
  };
}

export const UiContext = createContext<Ui | null>(null);

export function useUi(): Ui {
  const ui = use(UiContext);
  if (!ui) throw new Error("useUi needs a UiContext above it");
  return ui;
}

export function useUiState<T>(select: (state: UiState) => T): T {
  return useStore(useUi().store, select);
}
