package main

// overview answers whether people can chat: how many do, what fails, how long it takes,
// and then why.
func overview() *builder {
	b := board("parley-overview", "Parley / Overview", "Can people chat? Rate, errors and duration first, then why.")
	overviewNow(b)
	overviewRates(b)
	overviewErrors(b)
	overviewDurations(b)
	overviewReasons(b)
	return b
}

func overviewNow(b *builder) {
	b.WithPanel(figure{
		title: "Alerts that fire", unit: "short", limits: limits{warning: 1, bad: 2},
		description: "Alerts of Parley that fire now. Each has a runbook in docs/operations.md.",
		queries:     []query{{`count(ALERTS{alertname=~"Parley.+",alertstate="firing",namespace=~"$namespace",chatroom=~"$chatroom"}) or vector(0)`, "alerts"}},
	}.number(good))
	b.WithPanel(figure{
		title: "Clients", unit: "short", description: "Connections that are in the chat, over all replicas. A session is one connection; a person may have several.",
		queries: []query{{`sum(chatapp_connected_clients{@})`, "clients"}},
	}.level(neutral))
	b.WithPanel(figure{
		title: "Messages", unit: perSecond, description: "Changes (posts, edits, deletions) that are made durable, a second.",
		queries: []query{{`sum(rate(chatapp_messages_committed_total{@}[rate]))`, "messages"}},
	}.level(neutral))
	b.WithPanel(figure{
		title: "Delivery, 99th percentile", unit: "s", limits: limits{warning: 0.25, bad: 0.5},
		description: "From the time of a commit until the message is on the queues of all who listen. The objective is 99.5% within half a second.",
		queries:     []query{{`histogram_quantile(0.99, sum by (le) (rate(chatapp_delivery_seconds_bucket{@}[5m])))`, "99th"}},
	}.level(good))
	b.WithPanel(figure{
		title: "Changes that failed", unit: "percentunit", limits: limits{warning: 0.001, bad: 0.01},
		description: "Share of changes that could not be committed in time. The objective is less than 0.1%. Senders try again by themselves.",
		queries: []query{{`sum(rate(chatapp_changes_failed_total{@}[5m]))
			/ clamp_min(sum(rate(chatapp_changes_failed_total{@}[5m]) + rate(chatapp_messages_committed_total{@}[5m])), 1e-9)`, "failed"}},
	}.number(good))
	b.WithPanel(figure{
		title: "Replicas that are up", unit: "percentunit", limits: limits{warning: 1, bad: 0.67, downward: true},
		description: "Share of the known replicas that can be scraped. See the dashboard Replicas.",
		queries:     []query{{`avg(up{@,job="chatserver"})`, "up"}},
	}.level(good))
}

func overviewRates(b *builder) {
	b.WithRow(row("Rate"))
	b.WithPanel(figure{
		title: "Clients", unit: "short", description: "Connections that are in the chat. A sudden step down is a replica that went away, or a network; they come back within seconds.",
		queries: []query{{`sum(chatapp_connected_clients{@})`, "clients"}},
	}.lines(3))
	b.WithPanel(figure{
		title: "Messages", unit: perSecond, description: "Changes (posts, edits, deletions) that are made durable, a second.",
		queries: []query{{`sum(rate(chatapp_messages_committed_total{@}[rate]))`, "messages"}},
	}.lines(3))
	b.WithPanel(figure{
		title: "Deliveries", unit: perSecond, description: "Events put on connections' queues, a second: a message to a thousand listeners is a thousand deliveries.",
		queries: []query{{`sum(rate(chatapp_deliveries_total{@}[rate]))`, "deliveries"}},
	}.lines(3))
}

func overviewErrors(b *builder) {
	b.WithRow(row("Errors"))
	b.WithPanel(colored(figure{
		title: "Changes that failed", unit: "percentunit", limits: limits{bad: 0.001},
		description: "Share of changes that could not be committed in time. Above the line the error budget of 0.1% is spent. Look at the dashboard Storage.",
		queries: []query{{`sum(rate(chatapp_changes_failed_total{@}[rate]))
			/ clamp_min(sum(rate(chatapp_changes_failed_total{@}[rate]) + rate(chatapp_messages_committed_total{@}[rate])), 1e-9)`, "failed"}},
	}.lines(3), [2]string{"failed", bad}))
	b.WithPanel(figure{
		title: "Connections accepted and refused", unit: perSecond,
		description: "New connections a second. Refused because of: connections (as many as there may be), pace (more at once than can be let in; they come again), draining, origin, name, handshake.",
		queries: []query{
			{`sum(rate(chatapp_upgrades_total{@}[rate]))`, "accepted"},
			{`sum by (reason) (rate(chatapp_upgrades_refused_total{@}[rate]))`, "{{reason}}"},
		},
	}.lines(3))
	b.WithPanel(unlisted(figure{
		title: "Requests refused", unit: perSecond,
		description: "Requests answered with an error, by its code. too_fast, too_long and the like are mistakes of clients; unavailable, overloaded and internal are ours.",
		queries:     []query{{none(`sum by (code) (rate(chatapp_requests_refused_total{@}[rate]))`, "code"), "{{code}}"}},
	}.lines(3)))
}

func overviewDurations(b *builder) {
	b.WithRow(row("Duration"))
	b.WithPanel(heat("Delivery", "Deliveries by how long they took, from the time of a commit until the message is on the queues of all who listen here. A second band far above the first one is a replica that lost something on the bus and read it from the log.",
		"s", "chatapp_delivery_seconds"))
	b.WithPanel(heat("Commit", "Commits by how long they took, from taking a batch to its being durable on a majority. A second band at a second and above is an owner that did not answer, or a primary that was elected.",
		"s", "chatapp_commit_seconds"))
	b.WithPanel(figure{
		title: "Delivery, percentiles", unit: "s", limits: limits{bad: 0.5}, description: "The objective is 99.5% within half a second.",
		queries: quantiles("chatapp_delivery_seconds", ""),
	}.lines(2))
	b.WithPanel(figure{
		title: "Commit, percentiles", unit: "s", limits: limits{bad: 1}, description: "What somebody who sends waits for. The 99th should stay far below a second.",
		queries: quantiles("chatapp_commit_seconds", ""),
	}.lines(2))
}

func overviewReasons(b *builder) {
	b.WithRow(row("Why"))
	b.WithPanel(colored(figure{
		title: "Slow consumers", unit: perSecond,
		description: "Connections closed because they did not take what was sent (they resume), and writes that had to wait for a connection. Many at once: networks of clients, or no CPU left here.",
		queries: []query{
			{`sum(rate(chatapp_slow_consumers_total{@}[rate]))`, "closed"},
			{`sum(rate(chatapp_stalled_writes_total{@}[rate]))`, "stalled writes"},
		},
	}.lines(3), [2]string{"closed", bad}, [2]string{"stalled writes", warning}))
	b.WithPanel(colored(figure{
		title: "Resumes by outcome", unit: perSecond,
		description: "Channels caught up after a reconnect: from the ring in memory, from the store, or reset, when the client was away for too long and starts anew.",
		queries:     []query{{`sum by (outcome) (rate(chatapp_resumes_total{@}[rate]))`, "{{outcome}}"}},
	}.stacked(3), [2]string{"ring", good}, [2]string{"store", warning}, [2]string{"reset", bad}))
	b.WithPanel(figure{
		title: "Changes that wait", unit: "short", limits: limits{bad: 5000},
		description: "Changes taken and neither committed nor refused yet. It rises when commits stand still; a channel takes 10,000.",
		queries:     []query{{`sum(chatapp_changes_pending{@})`, "changes"}},
	}.lines(3))
	b.WithPanel(figure{
		title: "Bytes that wait for clients", unit: "bytes",
		description: "What is queued on all connections. It rises before slow consumers are closed.",
		queries:     []query{{`sum(chatapp_queue_bytes{@})`, "queued"}},
	}.lines(3))
	b.WithPanel(figure{
		title: "CPU", unit: "short", reach: 0.1, description: "Processors that all replicas use together.",
		queries: []query{{`sum(rate(process_cpu_seconds_total{@,job="chatserver"}[rate]))`, "processors"}},
	}.lines(3))
	b.WithPanel(figure{
		title: "Memory", unit: "bytes", description: "Memory that all replicas hold together. Most of it is connections: see memory per connection on the dashboard Replicas.",
		queries: []query{{`sum(process_resident_memory_bytes{@,job="chatserver"})`, "resident"}},
	}.lines(3))
}
