import type { Row } from "../model.ts";

/** A message of bob's with this place; posted under the rev that equals its seq unless another is given. */
export function row(seq: number, rev = seq, text = `text ${seq}`): Row {
  return { id: `bob.${seq}`, seq, rev, user: "bob", text, at: 1_000 + seq, mine: false };
}
