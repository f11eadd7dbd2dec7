import { useChat, useChatState } from "../bridge";
import { WifiOff } from "../icons";
import { formatSeconds } from "../text/format";
import { t } from "../text/text";
import { useOutage, useSecondsUntil } from "./useOutage";

/** A line under the header while there is no connection: what happened, when it is tried again, and a way not to wait. */
export function ConnectionLine() {
  const chat = useChat();
  const link = useChatState((state) => state.link);
  const known = useChatState((state) => state.me !== null);
  const outage = useOutage();
  if (!outage || (link.state !== "waiting" && link.state !== "connecting")) return null;
  return (
    <div className="banner">
      <WifiOff aria-hidden />
      {link.state === "waiting" ? (
        <>
          <Waiting retryAt={link.retryAt} offline={link.offline} />
          <button type="button" className="link" onClick={() => chat.retryNow()}>
            {t("connection.tryNow")}
          </button>
        </>
      ) : (
        <span role="status">{t(known ? "connection.connecting" : "connection.first")}</span>
      )}
    </div>
  );
}

/** The countdown is for eyes; a screen reader hears the sentence once, not every second. */
function Waiting({ retryAt, offline }: { retryAt: number; offline: boolean }) {
  const seconds = useSecondsUntil(retryAt);
  if (offline) return <span role="status">{t("connection.offline")}</span>;
  return (
    <>
      <span aria-hidden="true">{t("connection.waiting", { seconds: formatSeconds(seconds) })}</span>
      <span className="hidden" role="status">
        {t("connection.lost")}
      </span>
    </>
  );
}
