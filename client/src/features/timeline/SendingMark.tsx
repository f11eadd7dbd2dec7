import type { Row } from "../../chat/model";
import { useChatState } from "../bridge";
import { t } from "../text/text";

/** "Sending", where the time stands otherwise, for a change that has been on its way for a while. */
export function SendingMark({ row }: { row: Row }) {
  const online = useChatState((state) => state.link.state === "online");
  const word = row.change === "delete" ? "timeline.deleting" : "timeline.sending";
  return <span className="sending">{t(online ? word : "timeline.waiting")}</span>;
}
