package main

import "github.com/grafana/grafana-foundation-sdk/go/common"

// storage answers whether the log takes what is sent, and what holds it up.
func storage() *builder {
	b := board("parley-storage", "Parley / Storage", "Does the log take what is sent? What holds it up?")
	storageNow(b)
	storageCommits(b)
	storageContention(b)
	storageCalls(b)
	storageDatabase(b)
	return b
}

func storageNow(b *builder) {
	b.WithPanel(figure{
		title: "Primary", unit: "percentunit", limits: limits{warning: 1, bad: 0.5, downward: true},
		description: "Share of replicas that see a primary, which takes what is written. SQLite counts as one.",
		queries:     []query{{`avg(chatapp_store_primary{@})`, "see a primary"}},
	}.level(good))
	b.WithPanel(figure{
		title: "Members missing", unit: "short", limits: limits{warning: 1, bad: 2},
		description: "Members of the replica set that do not answer or are not in step, as the replica sees it that misses most. Of three, one may be missing and no more.",
		queries:     []query{{`max(sum by (pod) (chatapp_store_members{@,state=~"unknown|other"}))`, "missing"}},
	}.number(good))
	b.WithPanel(figure{
		title: "Commit, 99th percentile", unit: "s", limits: limits{warning: 0.25, bad: 1}, description: "From taking a batch to its being durable on a majority.",
		queries: []query{{`histogram_quantile(0.99, sum by (le) (rate(chatapp_commit_seconds_bucket{@}[5m])))`, "99th"}},
	}.level(good))
	b.WithPanel(figure{
		title: "Calls that fail", unit: "percentunit", limits: limits{warning: 0.001, bad: 0.01}, description: "Share of the calls to the store that fail.",
		queries: []query{{`sum(rate(chatapp_store_errors_total{@}[5m])) / clamp_min(sum(rate(chatapp_store_seconds_count{@}[5m])), 1e-9)`, "failed"}},
	}.number(good))
	b.WithPanel(figure{
		title: "Not projected", unit: "short", limits: limits{warning: 100, bad: 1000},
		description: "Edits and deletions that are committed and do not show in the history yet.",
		queries:     []query{{`sum(chatapp_unprojected_changes{@})`, "changes"}},
	}.number(good))
	b.WithPanel(figure{
		title: "Disk free", unit: "percentunit", limits: limits{warning: 0.2, bad: 0.05, downward: true},
		description: "Of the file system that the store writes to; of MongoDB the primary's.",
		queries:     []query{{`min(chatapp_store_disk_free_bytes{@} / chatapp_store_disk_size_bytes{@})`, "free"}},
	}.level(good))
}

func storageCommits(b *builder) {
	b.WithRow(row("Commits"))
	b.WithPanel(heat("Batch size", "Commits by how many changes they took. One commit per channel is under way at a time, and what comes meanwhile is the next batch: batches grow with load, and that is how throughput grows. At 500 they are full.",
		"short", "chatapp_commit_batch_entries"))
	b.WithPanel(heat("Commit latency", "Commits by how long they took, from taking a batch to its being durable on a majority, forwarding to the channel's owner included.",
		"s", "chatapp_commit_seconds"))
	b.WithPanel(figure{
		title: "Changes and commits", unit: perSecond, description: "Changes made durable and the commits that it took, a second.",
		queries: []query{
			{`sum(rate(chatapp_messages_committed_total{@}[rate]))`, "changes"},
			{`sum(rate(chatapp_commit_batch_entries_count{@}[rate]))`, "commits"},
		},
	}.lines(2))
	b.WithPanel(figure{
		title: "Changes per commit", unit: "short", limits: limits{bad: 500}, description: "The mean batch. At 500 batches are full, and more cannot be merged.",
		queries: []query{{`sum(rate(chatapp_commit_batch_entries_sum{@}[rate])) / (sum(rate(chatapp_commit_batch_entries_count{@}[rate])) > 0) or vector(0)`, "mean"}},
	}.lines(2))
}

func storageContention(b *builder) {
	b.WithRow(row("Contention"))
	b.WithPanel(colored(figure{
		title: "Commit conflicts", unit: perSecond, description: "Commits that found a rev or an id taken: two replicas commit to one channel, or a sender tried again. They are repeated or recognised.",
		queries: []query{{`sum(rate(chatapp_commit_conflicts_total{@}[rate]))`, "conflicts"}},
	}.lines(3), [2]string{"conflicts", warning}))
	b.WithPanel(figure{
		title: "Changes that wait", unit: "short", limits: limits{bad: 5000}, description: "Changes taken and neither committed nor refused yet, by replica. It rises when commits stand still.",
		queries: []query{{`sum by (pod) (chatapp_changes_pending{@})`, "{{pod}}"}},
	}.byPod(3))
	b.WithPanel(figure{
		title: "Projection lag", unit: "short", limits: limits{bad: 1000},
		description: "Edits and deletions that are committed and not yet projected onto their messages. Who listens has them; the history shows them late.",
		queries:     []query{{`sum by (pod) (chatapp_unprojected_changes{@})`, "{{pod}}"}},
	}.byPod(3))
}

func storageCalls(b *builder) {
	b.WithRow(row("Calls to the store"))
	b.WithPanel(figure{
		title: "Writes", unit: "s", limits: limits{bad: 1}, description: "How long writes take: a majority's journal, so the second fastest disk of three.",
		queries: quantiles("chatapp_store_seconds", `,operation="write"`),
	}.lines(2))
	b.WithPanel(figure{
		title: "Reads", unit: "s", limits: limits{bad: 1}, description: "How long reads take.",
		queries: quantiles("chatapp_store_seconds", `,operation="read"`),
	}.lines(2))
	b.WithPanel(unlisted(figure{
		title: "Reads by operation", unit: perSecond, description: "What is read: entries to catch up and to close gaps, messages for the history, tail to see how far a log reaches, lookup to recognise retries.",
		queries: []query{{none(`sum by (operation) (rate(chatapp_store_reads_total{@}[rate]))`, "operation"), "{{operation}}"}},
	}.stacked(2)))
	b.WithPanel(unlisted(figure{
		title: "Errors", unit: perSecond, description: "Calls that failed, by operation, of operations that fail. A burst of seconds is a new primary; longer, look at MongoDB.",
		queries: []query{{none(`sum by (operation) (rate(chatapp_store_errors_total{@}[rate])) > 0`, "operation"), "{{operation}}"}},
	}.lines(2).ShowPoints(common.VisibilityModeAuto))) // a point alone has no line
}

func storageDatabase(b *builder) {
	b.WithRow(row("The database as the servers see it"))
	b.WithPanel(colored(figure{
		title: "Members by state", unit: "short", description: "As the replica sees them that misses most. unknown does not answer, other is starting or recovering. SQLite counts as one primary.",
		queries: []query{{`max by (state) (chatapp_store_members{@,state!="arbiter"})`, "{{state}}"}},
	}.lines(3).Decimals(0), [2]string{"primary", good}, [2]string{"secondary", neutral}, [2]string{"other", warning}, [2]string{"unknown", bad}))
	b.WithPanel(figure{
		title: "Sees a primary", unit: "short", limits: limits{bad: 0.5, downward: true}, description: "1 on each replica that sees a primary. A gap of seconds is an election.",
		queries: []query{{`min by (pod) (chatapp_store_primary{@})`, "{{pod}}"}},
	}.byPod(3).Max(1).Decimals(0))
	b.WithPanel(figure{
		title: "Disk", unit: "bytes", description: "Free bytes of the file system that the store writes to, and what they are in a day at the pace of the last six hours, once there is an hour of them.",
		queries: []query{
			{`min(chatapp_store_disk_free_bytes{@})`, "free"},
			{`clamp(min(predict_linear(chatapp_store_disk_free_bytes{@}[6h], 86400) and chatapp_store_disk_free_bytes{@} offset 1h),
				0, scalar(min(chatapp_store_disk_size_bytes{@})))`, "in a day"},
			{`min(chatapp_store_disk_size_bytes{@})`, "size"},
		},
	}.lines(3).FillOpacity(0))
	b.WithPanel(figure{
		title: "Channels in memory", unit: "short", limits: limits{bad: 20000}, description: "Channels that are in use, by replica; a replica holds 20,000.",
		queries: []query{{`sum by (pod) (chatapp_channels_loaded{@})`, "{{pod}}"}},
	}.byPod(2))
	b.WithPanel(figure{
		title: "Resumes from the store", unit: perSecond, description: "Channels that were caught up by reading the log, because the ring in memory did not reach back far enough, or reset.",
		queries: []query{{`sum by (outcome) (rate(chatapp_resumes_total{@,outcome!="ring"}[rate]))`, "{{outcome}}"}},
	}.lines(2))
}
