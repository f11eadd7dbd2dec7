/** A channel's messages as the server's HTTP API tells them. */

const PAGE = 100;

/** All messages of a channel, oldest first. */
export async function history(address, channel = "general") {
  const messages = [];
  for (let before = ""; ; before = `&before=${messages[0].seq}`) {
    const page = await ask(address, channel, `limit=${PAGE}${before}`);
    messages.unshift(...page.messages);
    if (!page.more) return messages;
  }
}

/** The oldest and the newest message of a channel. */
export async function ends(address, channel = "general") {
  const [first, last] = await Promise.all(["limit=1&before=2", "limit=1"].map((query) => ask(address, channel, query)));
  return [first.messages[0], last.messages[0]];
}

async function ask(address, channel, query) {
  const response = await fetch(`http://${address}/api/v1/channels/${encodeURIComponent(channel)}/messages?${query}`);
  if (!response.ok) throw new Error(`history answered ${response.status}: ${await response.text()}`);
  return await response.json();
}
