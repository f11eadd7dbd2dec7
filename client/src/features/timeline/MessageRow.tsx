import { memo } from "react";
import type { Row } from "../../chat/model";
import { Avatar } from "../message/Avatar";
import { MessageText } from "../message/MessageText";
import { formatClock, formatClockShort, formatFull, formatMachine } from "../text/format";
import { t } from "../text/text";
import { ActionBar } from "./ActionBar";
import { FailedNote } from "./FailedNote";
import type { Lead } from "./grouping";
import { SendingMark } from "./SendingMark";
import { useLate } from "./useLate";

export interface MessageRowProps extends Lead {
  row: Row;
  channel: string;
  /** It is pointed at or focused: its actions show. */
  active: boolean;
  /** It is the one row that Tab reaches. */
  tabStop: boolean;
  editing: boolean;
}

/** One message. Its wrapper carries the row's id; the timeline listens there for pointer and keys (useAttention). */
export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { row, channel, head, day, divider, active, tabStop, editing } = props;
  const late = useLate(row);
  const failed = row.sending?.state === "failed";
  return (
    <div className="item" data-id={row.id} data-day={day || undefined}>
      {divider && (
        <div className="new">
          <span>{t("timeline.new")}</span>
        </div>
      )}
      <article
        className="row"
        data-head={head || undefined}
        data-sending={row.sending?.state === "waiting" || undefined}
        data-failed={failed || undefined}
        data-active={active || undefined}
        data-editing={editing || undefined}
        // Reading by keyboard: one row is in the Tab order, arrow keys move on (useRowKeys).
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={tabStop ? 0 : -1}
        aria-labelledby={`${row.id}-by ${row.id}-text`}
      >
        {head ? <Avatar name={row.user} /> : <span className="row__gutter">{!late && <Time row={row} short />}</span>}
        <div className="row__body">
          {head ? (
            <div className="row__who" id={`${row.id}-by`}>
              <bdi className="row__name">{row.user}</bdi> {late ? <SendingMark row={row} /> : <Time row={row} />}
            </div>
          ) : (
            <span className="hidden" id={`${row.id}-by`}>
              {t("timeline.by", { user: row.user, time: formatClock(row.at) })}
            </span>
          )}
          <RowText row={row} pending={late} mark={late && !head} />
          {failed && <FailedNote row={row} channel={channel} />}
        </div>
        {active && <ActionBar row={row} channel={channel} />}
      </article>
    </div>
  );
});

/** `short`: in the gutter, which is as narrow as a picture. */
function Time({ row, short = false }: { row: Row; short?: boolean }) {
  return (
    <time dateTime={formatMachine(row.at)} data-tip={formatFull(row.at)}>
      {(short ? formatClockShort : formatClock)(row.at)}
    </time>
  );
}

/** The text with its marks at the end. `mark`: say here that it is on its way, because there is no heading to say it in. */
function RowText({ row, pending, mark }: { row: Row; pending: boolean; mark: boolean }) {
  const editedAt = row.deleted ? undefined : row.editedAt;
  return (
    <div className="text" data-gone={row.deleted ? "" : undefined} data-pending={pending || undefined} id={`${row.id}-text`}>
      {row.deleted ? <p>{t("timeline.deleted")}</p> : <MessageText text={row.text} />}
      {(editedAt !== undefined || mark) && " "}
      {editedAt !== undefined && (
        <span className="edited" data-tip={formatFull(editedAt)}>
          {t("timeline.edited")}
        </span>
      )}
      {mark && <SendingMark row={row} />}
    </div>
  );
}
