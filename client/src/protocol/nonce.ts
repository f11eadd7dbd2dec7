/** Fills an array with random bytes. `crypto.getRandomValues` in a browser, which works on plain http too. */
export type FillRandom = (bytes: Uint8Array<ArrayBuffer>) => void;

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** A random string of `length` characters of `A-Z a-z 0-9 - _`, 6 bits each: 22 make a nonce, which the log never sees twice. */
export function randomId(fill: FillRandom, length = 22): string {
  const bytes = new Uint8Array(length);
  fill(bytes);
  let id = "";
  for (const byte of bytes) id += alphabet.charAt(byte & 63);
  return id;
}

/** The id that a message gets from its sender and the nonce that it is sent with. */
export function messageId(sender: string, nonce: string): string {
  return `${sender}.${nonce}`;
}

/** The nonce in the id of a message of `sender`, or null when somebody else sent it. */
export function ownNonce(sender: string, id: string): string | null {
  return id.startsWith(`${sender}.`) ? id.slice(sender.length + 1) : null;
}
