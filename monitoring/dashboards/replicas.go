package main

// replicas answers which replica is not like the others, and whether they reach each other.
func replicas() *builder {
	b := board("parley-replicas", "Parley / Replicas", "Is one replica not like the others? Do they reach each other?")
	replicasNow(b)
	replicasLoad(b)
	replicasCost(b)
	replicasBus(b)
	replicasDrain(b)
	return b
}

func replicasNow(b *builder) {
	b.WithPanel(figure{
		title: "Replicas that are up", unit: "short", limits: limits{warning: 1, bad: 1, downward: true}, description: "Replicas that can be scraped.",
		queries: []query{{`sum(up{@,job="chatserver"})`, "up"}},
	}.level(good))
	b.WithPanel(figure{
		title: "Not seen by another", unit: "short", limits: limits{bad: 1},
		description: "How many of the replicas the loneliest one misses on the bus. Above 0 for longer than a rollout takes, they do not reach each other; 0 without a bus.",
		queries:     []query{{`(count(chatapp_replicas{@}) - min(chatapp_replicas{@})) or vector(0)`, "missed"}},
	}.number(good))
	b.WithPanel(figure{
		title: "Versions", unit: "short", limits: limits{warning: 2, bad: 3}, description: "Different versions of the server that run now. More than one is a rollout.",
		queries: []query{{`count(count by (version) (chatapp_build_info{@}))`, "versions"}},
	}.level(good))
	b.WithPanel(figure{
		title: "Draining", unit: "short", limits: limits{warning: 1, bad: 100}, description: "Replicas that send their connections elsewhere and end.",
		queries: []query{{`sum(chatapp_draining{@})`, "draining"}},
	}.number(good))
	b.WithPanel(figure{
		title: "Restarts in an hour", unit: "short", limits: limits{warning: 2, bad: 3},
		description: "How often the process of the replica that did so most started anew, as far as a replica keeps its name. One is a rollout; with compose a name is an address, which another container may get.",
		queries:     []query{{`max(sum by (pod) (changes(process_start_time_seconds{@,job="chatserver"}[1h])))`, "restarts"}},
	}.number(good))
	b.WithPanel(figure{
		title: "Gaps repaired in an hour", unit: "short", limits: limits{warning: 100, bad: 1000},
		description: "How often the bus did not bring something and it was read from the log, rounded: Prometheus estimates it.",
		queries:     []query{{`round(sum(increase(chatapp_bus_repairs_total{@,kind=~"gap|silence"}[1h])))`, "gaps"}},
	}.level(good))
}

func replicasLoad(b *builder) {
	b.WithRow(row("Load"))
	b.WithPanel(figure{
		title: "Connections", unit: "short", description: "Clients by replica. After a rollout the last replica to start has fewest; that evens out as people come and go.",
		queries: []query{{`sum by (pod) (chatapp_connected_clients{@})`, "{{pod}}"}},
	}.byPod(3))
	b.WithPanel(figure{
		title: "Deliveries", unit: perSecond, description: "Events put on connections' queues, by replica.",
		queries: []query{{`sum by (pod) (rate(chatapp_deliveries_total{@}[rate]))`, "{{pod}}"}},
	}.byPod(3))
	b.WithPanel(figure{
		title: "Queues", unit: "bytes", description: "Bytes that wait to be written. High on one replica alone: its CPU, or its clients' network.",
		queries: []query{{`sum by (pod) (chatapp_queue_bytes{@})`, "{{pod}}"}},
	}.byPod(3))
}

func replicasCost(b *builder) {
	b.WithRow(row("What it costs"))
	b.WithPanel(figure{
		title: "CPU", unit: "short", reach: 0.1, description: "Processors that a replica uses. At the limit of its container deliveries get late.",
		queries: []query{{`sum by (pod) (rate(process_cpu_seconds_total{@,job="chatserver"}[rate]))`, "{{pod}}"}},
	}.byPod(2))
	b.WithPanel(figure{
		title: "CPU per delivery", unit: "s", reach: 0.0001, description: "Processor time divided by deliveries, everything included. It falls as load rises; twice the usual at the same load is a regression. 0 below ten deliveries a second, which say nothing.",
		queries: []query{{`sum by (pod) (rate(process_cpu_seconds_total{@,job="chatserver"}[rate]))
			/ (sum by (pod) (rate(chatapp_deliveries_total{@}[rate])) > 10) or 0 * sum by (pod) (chatapp_connected_clients{@})`, "{{pod}}"}},
	}.byPod(2))
	b.WithPanel(figure{
		title: "Memory", unit: "bytes", description: "Resident memory of a replica. It should follow the number of connections and fall back.",
		queries: []query{{`sum by (pod) (process_resident_memory_bytes{@,job="chatserver"})`, "{{pod}}"}},
	}.byPod(2))
	b.WithPanel(figure{
		title: "Memory per connection", unit: "bytes", description: "Resident memory divided by connections, everything included. docs/benchmarks.md says what an idle connection costs. 0 below fifty connections, where it is mostly the program itself.",
		queries: []query{{`sum by (pod) (process_resident_memory_bytes{@,job="chatserver"})
			/ (sum by (pod) (chatapp_connected_clients{@}) >= 50) or 0 * sum by (pod) (chatapp_connected_clients{@})`, "{{pod}}"}},
	}.byPod(2))
}

func replicasBus(b *builder) {
	b.WithRow(row("Between replicas"))
	b.WithPanel(figure{
		title: "Sent on the bus", unit: perSecond, description: "Batches of changes sent to other replicas, a second. 0 on a replica that is alone.",
		queries: []query{{perPod(`sum by (pod) (rate(chatapp_bus_sent_total{@}[rate]))`), "{{pod}}"}},
	}.byPod(4))
	b.WithPanel(figure{
		title: "Received from the bus", unit: perSecond, description: "Batches of changes received from other replicas, a second: what the others sent together.",
		queries: []query{{perPod(`sum by (pod) (rate(chatapp_bus_received_total{@}[rate]))`), "{{pod}}"}},
	}.byPod(4))
	b.WithPanel(figure{
		title: "Replicas seen", unit: "short", description: "How many replicas each one knows to be alive, itself included. All should be the same; 0 on a replica without a bus.",
		queries: []query{{perPod(`sum by (pod) (chatapp_replicas{@})`), "{{pod}}"}},
	}.byPod(4).Decimals(0))
	b.WithPanel(figure{
		title: "Connections to replicas", unit: "short", description: "Connections of the bus that each replica has to others: one less than there are replicas. 0 on a replica without a bus.",
		queries: []query{{perPod(`sum by (pod) (chatapp_bus_routes{@})`), "{{pod}}"}},
	}.byPod(4).Decimals(0))
	b.WithPanel(unlisted(figure{
		title: "Lost on the bus", unit: perSecond,
		description: "Batches that were dropped, by reason: slow (this replica did not take them in time), unsent, malformed. The log makes up for each.",
		queries:     []query{{none(`sum by (reason) (rate(chatapp_bus_dropped_total{@}[rate]))`, "reason"), "{{reason}}"}},
	}.lines(4)))
	b.WithPanel(figure{
		title: "Gaps repaired", unit: perSecond,
		description: "Entries from the bus that were not the next: gap and silence were read from the log, repeated ones ignored, future ones dropped. Single ones are normal when replicas come and go.",
		queries:     []query{{`sum by (kind) (rate(chatapp_bus_repairs_total{@}[rate]))`, "{{kind}}"}},
	}.lines(4))
	b.WithPanel(colored(figure{
		title: "Changes sent to their channel's owner", unit: perSecond,
		description: "Done there, or failed and committed here, a second later. Failing for longer: replicas do not reach each other.",
		queries:     []query{{`sum by (outcome) (rate(chatapp_changes_forwarded_total{@}[rate]))`, "{{outcome}}"}},
	}.lines(4), [2]string{"done", good}, [2]string{"failed", bad}))
	b.WithPanel(colored(figure{
		title: "Commit conflicts", unit: perSecond, description: "Commits that found a rev or an id taken and were repeated: two replicas commit to one channel. Single ones are normal.",
		queries: []query{{`sum(rate(chatapp_commit_conflicts_total{@}[rate]))`, "conflicts"}},
	}.lines(4), [2]string{"conflicts", warning}))
}

func replicasDrain(b *builder) {
	b.WithRow(row("Coming and going"))
	b.WithPanel(figure{
		title: "Clients left on replicas that drain", unit: "short", description: "They are sent elsewhere evenly over the drain window: a straight line down to 0. 0 while nothing drains.",
		queries: []query{{`sum by (pod) (chatapp_connected_clients{@} * chatapp_draining{@})`, "{{pod}}"}},
	}.byPod(3).Decimals(0))
	b.WithPanel(figure{
		title: "Connections accepted", unit: perSecond, description: "New connections a second, by replica: where those go who were sent elsewhere.",
		queries: []query{{`sum by (pod) (rate(chatapp_upgrades_total{@}[rate]))`, "{{pod}}"}},
	}.byPod(3))
	b.WithPanel(figure{
		title: "Up for", unit: "dtdurations", description: "For how long each replica has been running, the oldest first.",
		queries: []query{{`sort_desc(time() - max by (pod) (process_start_time_seconds{@,job="chatserver"}))`, "{{pod}}"}},
	}.bars(3))
}
