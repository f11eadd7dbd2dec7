import { t } from "../text/text";

/** The mark and the name. */
export function Brand() {
  return (
    <div className="brand">
      <span className="brand__mark">
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M4 5h11v8H9l-5 4z" />
          <path d="M19 9v9l-4-3h-4" />
        </svg>
      </span>
      {t("app.name")}
    </div>
  );
}
