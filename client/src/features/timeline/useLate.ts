import { useEffect, useState } from "react";
import type { Row } from "../../chat/model";

const patience = 300; // milliseconds; most changes are acknowledged sooner, and a word that flashes by disturbs

/** Whether a change of this row has been on its way for so long that it is worth a word. */
export function useLate(row: Row): boolean {
  const since = row.sending?.state === "waiting" ? row.sending.since : null;
  const [late, setLate] = useState<number | null>(() => (since !== null && Date.now() - since >= patience ? since : null));
  useEffect(() => {
    if (since === null) return;
    const timer = setTimeout(() => setLate(since), Math.max(0, patience - (Date.now() - since)));
    return () => clearTimeout(timer);
  }, [since]);
  return since !== null && late === since;
}
