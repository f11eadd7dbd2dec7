/** Which channels match what was typed, best first. */
import type { ChannelInfo } from "../../chat/model";

export interface Candidate extends ChannelInfo {
  joined: boolean;
  unread: number;
}

/** Keeps those whose name holds every typed word, or whose topic does; names that begin with the query come first. */
export function filterChannels(all: readonly Candidate[], query: string): Candidate[] {
  const words = fold(query).split(/\s+/u).filter(Boolean);
  if (words.length === 0) return [...all].sort(byPlace);
  const whole = words.join("-");
  const ranked: { candidate: Candidate; rank: number }[] = [];
  for (const candidate of all) {
    const rank = rankOf(fold(candidate.name), fold(candidate.topic), words, whole);
    if (rank < 4) ranked.push({ candidate, rank });
  }
  return ranked.sort((a, b) => a.rank - b.rank || byPlace(a.candidate, b.candidate)).map(({ candidate }) => candidate);
}

function rankOf(name: string, topic: string, words: string[], whole: string): number {
  if (name === whole) return 0;
  if (name.startsWith(whole)) return 1;
  if (words.every((word) => name.includes(word))) return 2;
  return words.every((word) => name.includes(word) || topic.includes(word)) ? 3 : 4;
}

/** Unread ones first, then joined ones; otherwise they stay in the order in which they came, which is the sidebar's and then by name. */
function byPlace(a: Candidate, b: Candidate): number {
  return Number(b.unread > 0) - Number(a.unread > 0) || Number(b.joined) - Number(a.joined);
}

/** Without case and accents: people type what they remember. */
function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/^#/u, "");
}

/** What was typed, as the name of a channel to create: lower case, words joined by "-"; empty if nothing of it may be in a name. */
export function asChannelName(query: string): string {
  return query
    .trim()
    .replace(/^#/u, "")
    .toLowerCase()
    .replace(/\s+/gu, "-")
    .replace(/[^\p{L}\p{M}\p{N}_-]/gu, "")
    .slice(0, 40);
}
