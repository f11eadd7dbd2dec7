import { hueOf, initials } from "../text/format";

/** A person's picture: two letters on a colour of their own. Decoration beside the name, so hidden from screen readers. */
export function Avatar({ name }: { name: string }) {
  return (
    <span className="avatar" aria-hidden="true" style={{ "--hue": hueOf(name) } as React.CSSProperties}>
      {initials(name)}
    </span>
  );
}
