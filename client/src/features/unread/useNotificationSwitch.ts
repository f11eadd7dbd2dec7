import { usePreference, usePreferencesStore } from "../preferences/preferences";
import { t } from "../text/text";
import { useUi } from "../ui/ui";
import { canNotify } from "./notifications";

/** The switch for notifications: turning it on is when the browser is asked, and nothing else asks it. */
export function useNotificationSwitch(): { on: boolean; toggle: () => void } {
  const preferences = usePreferencesStore();
  const ui = useUi();
  const wanted = usePreference("notify");
  const on = wanted && canNotify() && Notification.permission === "granted";
  const ask = async () => {
    const answer = canNotify() ? await Notification.requestPermission() : "denied";
    if (answer === "granted") preferences.setState({ notify: true });
    else if (answer === "denied") ui.notify(t("own.notifyBlocked"));
  };
  return { on, toggle: () => (on ? preferences.setState({ notify: false }) : void ask()) };
}
