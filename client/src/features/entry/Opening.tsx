import { ConnectionLine } from "../connection/ConnectionLine";
import { Brand } from "../sidebar/Brand";
import { t } from "../text/text";
import { Skeleton } from "../timeline/Edges";

/** The frame of the chat while a tab that was in it before connects again: everything stands where it will be. */
export function Opening() {
  return (
    <div className="shell" data-pane="channel" aria-busy="true">
      <div className="side">
        <Brand />
      </div>
      <main className="main">
        <div className="header">
          <h1 className="hidden">{t("app.opening")}</h1>
        </div>
        <div className="lines">
          <ConnectionLine />
        </div>
        <div className="timeline">
          <Skeleton groups={8} />
        </div>
      </main>
    </div>
  );
}
