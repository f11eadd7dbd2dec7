import { useChatState } from "../bridge";
import { Keyboard, LogOut } from "../icons";
import { Avatar } from "../message/Avatar";
import { MenuButton } from "../menu/MenuButton";
import type { Menu } from "../menu/menu";
import { usePreference, usePreferencesStore } from "../preferences/preferences";
import { t } from "../text/text";
import { useUi } from "../ui/ui";
import { useNotificationSwitch } from "../unread/useNotificationSwitch";

/** Oneself, at the bottom of the sidebar, with what concerns only this browser. */
export function OwnMenu() {
  const user = useChatState((state) => state.me?.user ?? "");
  const menu = useOwnMenu();
  return (
    <div className="own">
      <MenuButton className="own__button" menu={menu}>
        <Avatar name={user} />
        <span className="own__who">
          <span className="hidden">{t("sidebar.you")}</span>{" "}
          <bdi className="own__name">{user}</bdi>{" "}
          <small>{t("sidebar.guest")}</small>
        </span>
      </MenuButton>
    </div>
  );
}

function useOwnMenu(): Menu {
  const ui = useUi();
  const preferences = usePreferencesStore();
  const theme = usePreference("theme");
  const compact = usePreference("compact");
  const notifications = useNotificationSwitch();
  return {
    label: t("sidebar.own"),
    sections: [
      {
        id: "theme",
        title: t("own.theme"),
        choose: "one",
        entries: (["system", "light", "dark"] as const).map((name) => ({
          id: name,
          label: t(`own.${name}`),
          chosen: theme === name,
          onAction: () => preferences.setState({ theme: name }),
        })),
      },
      {
        id: "options",
        choose: "any",
        entries: [
          { id: "compact", label: t("own.compact"), chosen: compact, onAction: () => preferences.setState({ compact: !compact }) },
          { id: "notify", label: t("own.notify"), chosen: notifications.on, onAction: notifications.toggle },
        ],
      },
      {
        id: "more",
        entries: [
          { id: "help", label: t("own.help"), icon: Keyboard, onAction: () => ui.show({ kind: "help" }) },
          { id: "leave", label: t("own.leave"), icon: LogOut, onAction: () => ui.show({ kind: "leaveChat" }) },
        ],
      },
    ],
  };
}
