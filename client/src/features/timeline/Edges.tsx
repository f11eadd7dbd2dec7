/** What stands in the timeline where there are no messages: before the first, while they load, when they did not come. */
import { useChat } from "../bridge";
import { Hash } from "../icons";
import { t } from "../text/text";

/** Grey shapes as high as the messages that come: three groups. */
export function Skeleton({ groups = 3 }: { groups?: number }) {
  return (
    <div className="skeleton">
      <span className="hidden">{t("timeline.loading")}</span>
      {Array.from({ length: groups }, (_, i) => (
        <div key={i} className="row" data-head aria-hidden="true">
          <span className="bone bone--avatar" />
          <div className="row__body">
            <div className="row__who">
              <span className="bone bone--name" />
            </div>
            <div className="text">
              <p>
                <span className="bone bone--line" data-length={i % 3} />
              </p>
            </div>
          </div>
        </div>
      ))}
    </div>
  );
}

/** The first thing in a channel: its name, and what it is about. */
export function Beginning({ channel, topic, empty }: { channel: string; topic: string; empty: boolean }) {
  return (
    <div className="beginning">
      <span className="beginning__mark">
        <Hash aria-hidden />
      </span>
      <p className="beginning__title">
        {empty ? t("timeline.empty", { channel }) : t("timeline.begin", { channel })}
      </p>
      {topic !== "" && (
        <p className="beginning__topic" dir="auto">
          {topic}
        </p>
      )}
      {empty && <p className="beginning__topic">{t("timeline.invite")}</p>}
    </div>
  );
}

/** Messages that could not be had, with a way to ask again in their place. */
export function LoadFailed({ more, retry }: { more: boolean; retry: () => void }) {
  return (
    <div className="load-failed" data-alone={more ? undefined : ""} role="alert">
      <span>{t(more ? "timeline.failedMore" : "timeline.failed")}</span>
      <button type="button" className="button" onClick={retry}>
        {t("timeline.retry")}
      </button>
    </div>
  );
}

/** Asks again for what failed: the first page, or the one before or after what is there. */
export function useRetryLoad(channel: string): (where: "first" | "older" | "newer") => void {
  const chat = useChat();
  return (where) => {
    if (where === "first") chat.jumpToLatest(channel);
    else if (where === "older") chat.loadOlder(channel);
    else chat.loadNewer(channel);
  };
}
