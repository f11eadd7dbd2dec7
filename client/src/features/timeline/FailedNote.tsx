import type { Row } from "../../chat/model";
import { useChat } from "../bridge";
import { CircleAlert } from "../icons";
import { t } from "../text/text";
import { useUi } from "../ui/ui";
import { act, actionsOf } from "./actions";

/** Under a failed row: why in words, and what helps. Always there, not only on hover: it waits for a decision. */
export function FailedNote({ row, channel }: { row: Row; channel: string }) {
  const chat = useChat();
  const ui = useUi();
  if (row.sending?.state !== "failed") return null;
  return (
    <div className="failed">
      <span className="failed__why">
        <CircleAlert aria-hidden />
        <span dir="auto">{reasonOf(row, row.sending.message)}</span>
      </span>
      <span>
        {actionsOf(row)
          .filter((action) => action.name !== "copy" || row.change === "edit")
          .map((action) => (
            <button key={action.name} type="button" className="link" onClick={() => act(action.name, row, channel, chat, ui)}>
              {t(action.label)}
            </button>
          ))}
      </span>
    </div>
  );
}

function reasonOf(row: Row, reason: string): string {
  if (row.change === "edit") return t("timeline.editFailed", { reason });
  if (row.change === "delete") return t("timeline.deleteFailed", { reason });
  return reason;
}
