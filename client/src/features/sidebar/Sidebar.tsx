import { useChatState } from "../bridge";
import { Plus, Search } from "../icons";
import { ctrlOrCmd } from "../shell/keys";
import { t } from "../text/text";
import { useUi } from "../ui/ui";
import { Brand } from "./Brand";
import { ChannelItem } from "./ChannelItem";
import { OwnMenu } from "./OwnMenu";
import { Resizer } from "./Resizer";

/** Where one can go: the switcher, the joined channels, oneself. */
export function Sidebar() {
  const ui = useUi();
  const order = useChatState((state) => state.order);
  return (
    <nav className="side" aria-label={t("app.channelsPane")}>
      <Brand />
      <button type="button" className="find" aria-keyshortcuts="Control+K Meta+K" onClick={() => ui.show({ kind: "switcher" })}>
        <Search aria-hidden />
        <span>{t("sidebar.goTo")}</span>
        <kbd aria-hidden="true">{ctrlOrCmd()} K</kbd>
      </button>
      <div className="side__list">
        <div className="side__heading">
          <h2>{t("sidebar.channels")}</h2>
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
  );
}
