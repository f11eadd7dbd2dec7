import { ArrowDown } from "../icons";
import { formatNumber } from "../text/format";
import { t } from "../text/text";

/** Leads back to the newest message, and tells how many of others came since. */
export function JumpToLatest({ unread, onJump }: { unread: number; onJump: () => void }) {
  return (
    <button type="button" className="jump" data-new={unread > 0 || undefined} onClick={onJump}>
      <ArrowDown aria-hidden />
      {unread > 0 ? t("timeline.jumpNew", { count: unread, formatted: formatNumber(unread) }) : t("timeline.jump")}
    </button>
  );
}
