/** What can be done with a message, in the order in which it is offered everywhere: bar, sheet, keyboard. */
import { Copy, Pencil, RotateCw, Trash2, Undo2, type LucideIcon } from "../icons";
import type { Chat, Row } from "../../chat/model";
import type { TextKey } from "../text/text";
import { t } from "../text/text";
import type { Ui } from "../ui/ui";

export type ActionName = "retry" | "edit" | "copy" | "discard" | "delete";

export interface Action {
  name: ActionName;
  label: TextKey;
  icon: LucideIcon;
  danger?: boolean;
}

const known: Record<ActionName, Action> = {
  retry: { name: "retry", label: "actions.retry", icon: RotateCw },
  edit: { name: "edit", label: "actions.edit", icon: Pencil },
  copy: { name: "copy", label: "actions.copy", icon: Copy },
  discard: { name: "discard", label: "actions.discard", icon: Undo2 },
  delete: { name: "delete", label: "actions.delete", icon: Trash2, danger: true },
};

/** The actions for a row as it stands. A deleted message has none; one on its way can only be copied. */
export function actionsOf(row: Row): Action[] {
  return namesOf(row).map((name) => known[name]);
}

function namesOf(row: Row): ActionName[] {
  if (row.sending?.state === "failed") {
    const retry: ActionName[] = row.sending.retry ? ["retry"] : [];
    if (row.change === "send") return [...retry, "edit", "copy", "delete"];
    // What was written last is nowhere else, and the message may be gone: then copying is the only way to keep it.
    return row.change === "edit" ? [...retry, "copy", "discard"] : [...retry, "discard"];
  }
  if (row.deleted) return [];
  if (row.sending || !row.mine) return ["copy"];
  return ["edit", "copy", "delete"];
}

/** Does it. Deleting asks first, unless nobody else has seen the message. */
export function act(name: ActionName, row: Row, channel: string, chat: Chat, ui: Ui): void {
  const failed = row.sending?.state === "failed";
  switch (name) {
    case "retry":
      chat.retry(channel, row.id);
      break;
    case "edit":
      ui.edit({ channel, id: row.id, text: row.text, resend: failed });
      break;
    case "discard":
      chat.discard(channel, row.id);
      break;
    case "delete":
      if (failed) chat.discard(channel, row.id);
      else ui.show({ kind: "delete", channel, id: row.id });
      break;
    case "copy":
      copyText(row.text, ui);
  }
}

function copyText(text: string, ui: Ui): void {
  // Absent on pages that are not served securely.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  const outcome = clipboard ? clipboard.writeText(text) : Promise.reject(new Error("no clipboard"));
  outcome.then(
    () => ui.notify(t("actions.copied")),
    () => ui.notify(t("actions.copyFailed")),
  );
}
