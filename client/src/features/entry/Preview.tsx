import { useEffect, useState } from "react";
import type { Row } from "../../chat/model";
import { useChat } from "../bridge";
import { Avatar } from "../message/Avatar";
import { MessageText } from "../message/MessageText";
import { formatClock } from "../text/format";
import { t } from "../text/text";
import { leadOf } from "../timeline/grouping";

/** The latest messages, to be seen behind the form: a place where people are. Not to be reached, and not read aloud. */
export function Preview() {
  const chat = useChat();
  const [rows, setRows] = useState<Row[] | null>(null);
  useEffect(() => {
    let wanted = true;
    chat.fetchLatest().then(
      (found) => wanted && setRows(found),
      () => undefined, // the form works without
    );
    return () => {
      wanted = false;
    };
  }, [chat]);
  return (
    <div className="preview" aria-hidden="true" inert>
      <div className="preview__rows" data-ready={rows !== null || undefined}>
        {rows?.length === 0 && <p className="preview__quiet">{t("entry.quiet")}</p>}
        {rows?.map((row, i) => (
          <PreviewRow key={row.id} row={row} head={leadOf(rows[i - 1], row, null).head} />
        ))}
      </div>
    </div>
  );
}

function PreviewRow({ row, head }: { row: Row; head: boolean }) {
  return (
    <div className="row" data-head={head || undefined}>
      {head ? <Avatar name={row.user} /> : <span className="row__gutter" />}
      <div className="row__body">
        {head && (
          <div className="row__who">
            <bdi className="row__name">{row.user}</bdi> <time>{formatClock(row.at)}</time>
          </div>
        )}
        <div className="text" data-gone={row.deleted ? "" : undefined}>
          {row.deleted ? <p>{t("timeline.deleted")}</p> : <MessageText text={row.text} />}
        </div>
      </div>
    </div>
  );
}
