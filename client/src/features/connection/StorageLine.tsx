import { useState } from "react";
import { useChatState } from "../bridge";
import { CircleAlert } from "../icons";
import { t } from "../text/text";

/** Says once that this browser keeps nothing. */
export function StorageLine() {
  const failed = useChatState((state) => state.storageFailed);
  const [told, setTold] = useState(false);
  if (!failed || told) return null;
  return (
    <div className="banner" role="status">
      <CircleAlert aria-hidden />
      <span>{t("connection.storage")}</span>
      <button type="button" className="link" onClick={() => setTold(true)}>
        {t("connection.gotIt")}
      </button>
    </div>
  );
}
