import { useLayoutEffect } from "react";
import { usePreference } from "./preferences";

/** Puts theme, density and the sidebar's width on the root element. public/theme.js has done so before, for the first paint. */
export function useAppearance(): void {
  const theme = usePreference("theme");
  const compact = usePreference("compact");
  const sidebar = usePreference("sidebar");
  useLayoutEffect(() => {
    const root = document.documentElement;
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    if (compact) root.dataset.density = "compact";
    else delete root.dataset.density;
    root.style.setProperty("--sidebar", `${sidebar}px`);
  }, [theme, compact, sidebar]);
  useLayoutEffect(colourBrowser, [theme]);
}

/** The browser's own bars take the colour of the sidebar, as it is computed in the theme that is shown. */
function colourBrowser(): () => void {
  const apply = () => {
    const colour = getComputedStyle(document.documentElement).getPropertyValue("background-color");
    for (const meta of document.querySelectorAll('meta[name="theme-color"]')) meta.setAttribute("content", colour);
  };
  apply();
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", apply);
  return () => dark.removeEventListener("change", apply);
}
