import { useChannel } from "../bridge";
import { ChevronLeft, Ellipsis, Hash } from "../icons";
import { MenuButton } from "../menu/MenuButton";
import { useChannelMenu } from "../sidebar/useChannelMenu";
import { t } from "../text/text";
import { goToList } from "./navigation";

/** The open channel's name and what it is about. */
export function Header({ channel }: { channel: string }) {
  const topic = useChannel(channel, (each) => each.topic) ?? "";
  const menu = useChannelMenu(channel);
  return (
    <header className="header">
      <button type="button" className="icon header__back" aria-label={t("app.back")} onClick={goToList}>
        <ChevronLeft aria-hidden />
      </button>
      <h1 className="header__name">
        <Hash aria-hidden />
        <bdi>{channel}</bdi>
      </h1>
      {topic !== "" && (
        <p className="header__topic" dir="auto" data-tip={topic} data-tip-cut>
          {topic}
        </p>
      )}
      <MenuButton className="icon header__menu" label={t("header.about", { channel })} menu={menu}>
        <Ellipsis aria-hidden />
      </MenuButton>
    </header>
  );
}
