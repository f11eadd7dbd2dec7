import { useEffect, useRef } from "react";
import { useChannel, useChatState } from "../bridge";
import { BellOff, Ellipsis, Hash } from "../icons";
import { MenuButton } from "../menu/MenuButton";
import { hashOf } from "../shell/navigation";
import { formatCount, formatNumber } from "../text/format";
import { t } from "../text/text";
import { useChannelMenu } from "./useChannelMenu";

/** A joined channel: a link to it, how much is unread, and its menu. */
export function ChannelItem({ name }: { name: string }) {
  const open = useChatState((state) => state.open === name);
  const unread = useChannel(name, (channel) => channel.unread) ?? 0;
  const muted = useChannel(name, (channel) => channel.muted) ?? false;
  const menu = useChannelMenu(name);
  const loud = unread > 0 && !muted;
  const item = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (open) item.current?.scrollIntoView({ block: "nearest" });
  }, [open]);
  return (
    <li ref={item} className="channel" data-unread={loud || undefined} data-muted={muted || undefined} data-open={open || undefined}>
      <a className="channel__link" href={hashOf(name)} aria-current={open ? "page" : undefined}>
        <Hash aria-hidden />
        <bdi className="channel__name">{name}</bdi>
        {muted && (
          <span className="channel__muted">
            <BellOff aria-hidden />
            <span className="hidden">{t("sidebar.muted")}</span>
          </span>
        )}
        {loud && (
          <span className="channel__count">
            <span aria-hidden="true">{formatCount(unread)}</span>
            <span className="hidden">{t("sidebar.unread", { count: unread, formatted: formatNumber(unread) })}</span>
          </span>
        )}
      </a>
      <MenuButton className="icon channel__menu" label={t("sidebar.menu", { channel: name })} menu={menu}>
        <Ellipsis aria-hidden />
      </MenuButton>
    </li>
  );
}
