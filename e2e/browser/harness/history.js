/** A channel's messages as the server's HTTP API tells them. */

const PAGE = 100;

/** All messages of a channel, oldest first. */
export async function history(address, channel = "general") {
  const messages = [];
  for (let before = ""; ; before = `&before=${messages[0].seq}`) {
    const response = await fetch(`http://${address}/api/v1/channels/${encodeURIComponent(channel)}/messages?limit=${PAGE}${before}`);
    if (!response.ok) throw new Error(`history answered ${response.status}: ${await response.text()}`);
    const page = await response.json();
    messages.unshift(...page.messages);
    if (!page.more) return messages;
  }
}
