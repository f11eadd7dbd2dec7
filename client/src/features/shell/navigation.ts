/**
 * The address says what is open: `#/general` a channel, `#/` on narrow screens the list of channels. Links and the browser's
 * Back and Forward do the rest: the hash changes, and the chat follows it.
 */
import type { Chat } from "../../chat/model";
import type { Ui } from "../ui/ui";

export const listHash = "#/";
export const narrow = "(max-width: 700px)";

export function hashOf(channel: string): string {
  return `#/${encodeURIComponent(channel)}`;
}

/** The channel that an address names, or null. */
export function channelOf(hash: string): string | null {
  if (!hash.startsWith("#/") || hash.length === 2) return null;
  try {
    return decodeURIComponent(hash.slice(2));
  } catch {
    return null;
  }
}

/** Opens a channel as a link would: with a history entry. */
export function goTo(channel: string): void {
  if (channelOf(location.hash) !== channel) location.hash = hashOf(channel);
}

/** Shows the list on a narrow screen: back if that is where one came from, so that Back does not go in circles. */
export function goToList(): void {
  if ((history.state as { fromList?: boolean } | null)?.fromList) history.back();
  else location.hash = listHash;
}

/** Keeps chat, panes and address together until the returned function is called. */
export function startNavigation(chat: Chat, ui: Ui): () => void {
  let joining: string | null = null;
  const settle = () => history.replaceState(history.state, "", hashOf(chat.store.getState().open));

  const follow = () => {
    const name = channelOf(location.hash);
    ui.setPane(name === null ? "list" : "channel");
    joining = null;
    if (name === null || name === chat.store.getState().open) return;
    if (chat.store.getState().channels[name]) chat.openChannel(name);
    else {
      joining = name;
      tryJoin();
    }
  };
  /** An address may name a channel that was never joined: then it is, as soon as there is a connection. */
  const tryJoin = () => {
    const name = joining;
    if (name === null || chat.store.getState().link.state !== "online") return;
    joining = null;
    void chat.join(name).then((outcome) => {
      if (channelOf(location.hash) !== name) return;
      if (outcome.ok) chat.openChannel(name);
      else {
        ui.notify(outcome.error.message);
        settle();
      }
    });
  };
  const onHash = () => {
    if (channelOf(location.hash) !== null) history.replaceState({ fromList: ui.store.getState().pane === "list" }, "");
    follow();
  };
  const stopWatching = chat.store.subscribe((state, before) => {
    if (joining !== null) tryJoin();
    else if (state.open !== before.open && channelOf(location.hash) !== null && channelOf(location.hash) !== state.open) settle();
  });

  if (channelOf(location.hash) === null) {
    // Behind the first channel lies the list, so that Back leads there on a narrow screen.
    if (window.matchMedia(narrow).matches) {
      history.replaceState(null, "", listHash);
      history.pushState({ fromList: true }, "", hashOf(chat.store.getState().open));
    } else settle();
  }
  follow();
  window.addEventListener("hashchange", onHash);
  return () => {
    window.removeEventListener("hashchange", onHash);
    stopWatching();
  };
}
