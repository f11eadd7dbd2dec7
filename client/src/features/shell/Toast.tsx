import { useEffect } from "react";
import { X } from "../icons";
import { t } from "../text/text";
import { useUi, useUiState } from "../ui/ui";

const shownFor = 6000; // milliseconds

/** A sentence about what just happened. It goes by itself or when closed. */
export function Toast() {
  const ui = useUi();
  const notice = useUiState((state) => state.notice);
  useEffect(() => {
    if (notice === null) return;
    const timer = setTimeout(() => ui.notify(null), shownFor);
    return () => clearTimeout(timer);
  }, [ui, notice]);
  return (
    <div className="toast" role="status" data-shown={notice !== null || undefined}>
      {notice !== null && (
        <>
          <span dir="auto">{notice}</span>
          <button type="button" className="icon" aria-label={t("app.close")} onClick={() => ui.notify(null)}>
            <X aria-hidden />
          </button>
        </>
      )}
    </div>
  );
}
