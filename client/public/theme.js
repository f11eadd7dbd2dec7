// Runs before the first paint, so that a chosen theme does not flash. A file of its own: the page allows no inline scripts.
try {
  const kept = JSON.parse(localStorage.getItem("parley.preferences") ?? "{}");
  const root = document.documentElement;
  if (kept.theme === "light" || kept.theme === "dark") root.dataset.theme = kept.theme;
  if (kept.compact === true) root.dataset.density = "compact";
  if (kept.sidebar >= 200 && kept.sidebar <= 420) root.style.setProperty("--sidebar", `${kept.sidebar}px`);
} catch {
  // Storage refused or damaged: the system's theme it is.
}
