import type { Row } from "../../chat/model";
import { useChat } from "../bridge";
import { t } from "../text/text";
import { useUi } from "../ui/ui";
import { act, actionsOf } from "./actions";

/** The actions that float over a row that is pointed at or focused. Arrow keys move inside (useAttention). */
export function ActionBar({ row, channel }: { row: Row; channel: string }) {
  const chat = useChat();
  const ui = useUi();
  const actions = actionsOf(row);
  // A failed row shows its actions in words already.
  if (actions.length === 0 || row.sending?.state === "failed") return null;
  return (
    <div className="tools" role="toolbar" aria-label={t("actions.label")}>
      {actions.map(({ name, label, icon: Icon, danger }) => (
        <button
          key={name}
          type="button"
          className="icon"
          data-danger={danger}
          data-tip={t(label)}
          aria-label={t(label)}
          onClick={() => act(name, row, channel, chat, ui)}
        >
          <Icon aria-hidden />
        </button>
      ))}
    </div>
  );
}
