import { useEffect, useState } from "react";
import { useChatState } from "../bridge";

const patience = 2000; // milliseconds without a connection before it is worth a line

/** Whether the connection has been missing for long enough to say so. */
export function useOutage(): boolean {
  const missing = useChatState((state) => state.link.state === "connecting" || state.link.state === "waiting");
  const [outage, setOutage] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setOutage(missing), missing ? patience : 0);
    return () => clearTimeout(timer);
  }, [missing]);
  return missing && outage;
}

/** Whole seconds until `at`, counted down; never below 0. */
export function useSecondsUntil(at: number): number {
  const [left, setLeft] = useState(() => secondsUntil(at));
  useEffect(() => {
    const tick = () => setLeft(secondsUntil(at));
    const first = setTimeout(tick, 0);
    const timer = setInterval(tick, 250);
    return () => {
      clearTimeout(first);
      clearInterval(timer);
    };
  }, [at]);
  return left;
}

const secondsUntil = (at: number): number => Math.max(0, Math.ceil((at - Date.now()) / 1000));
