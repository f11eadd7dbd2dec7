import { useEffect, useRef, type RefObject } from "react";
import { useChatState } from "../bridge";
import { Plus, Search } from "../icons";
import { ctrlOrCmd } from "../shell/keys";
import { narrow } from "../shell/navigation";
import { useMedia } from "../shell/useMedia";
import { t } from "../text/text";
import { useUi, useUiState } from "../ui/ui";
import { Brand } from "./Brand";
import { ChannelItem } from "./ChannelItem";
import { OwnMenu } from "./OwnMenu";
import { Resizer } from "./Resizer";

/** Where one can go: the switcher, the joined channels, oneself. On narrow screens it may be all there is: then it is the page. */
export function Sidebar() {
  const ui = useUi();
  const order = useChatState((state) => state.order);
  const pane = useRef<HTMLDivElement>(null);
  const alone = useAlone(pane);
  const Heading = alone ? "h1" : "h2";
  return (
    <div ref={pane} className="side" role={alone ? "main" : undefined}>
      <nav className="side__nav" aria-label={t("app.channelsPane")}>
        <Brand />
        <button type="button" className="find" aria-keyshortcuts="Control+K Meta+K" onClick={() => ui.show({ kind: "switcher" })}>
          <Search aria-hidden />
          <span>{t("sidebar.goTo")}</span>
          <kbd aria-hidden="true">{ctrlOrCmd()} K</kbd>
        </button>
        <div className="side__list">
          <div className="side__heading">
            <Heading>{t("sidebar.channels")}</Heading>
            <button
              type="button"
              className="icon"
              aria-label={t("sidebar.create")}
              data-tip={t("sidebar.create")}
              onClick={() => ui.show({ kind: "create", name: "" })}
            >
              <Plus aria-hidden />
            </button>
          </div>
          <ul>
            {order.map((name) => (
              <ChannelItem key={name} name={name} />
            ))}
          </ul>
        </div>
        <OwnMenu />
        <Resizer />
      </nav>
    </div>
  );
}

/** Whether the list is the one pane that shows. What had the focus is hidden then, so the open channel's link takes it. */
function useAlone(pane: RefObject<HTMLElement | null>): boolean {
  const shown = useUiState((state) => state.pane === "list");
  const alone = useMedia(narrow) && shown;
  useEffect(() => {
    if (alone) pane.current?.querySelector<HTMLElement>("[aria-current]")?.focus();
  }, [alone, pane]);
  return alone;
}
