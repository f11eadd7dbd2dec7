package main

import "github.com/grafana/grafana-foundation-sdk/go/common"

// What the operator tells of ChatRooms, and what it and its libraries tell of itself.
const (
	ofRooms    = `{namespace=~"$namespace",chatroom=~"$chatroom"`
	ofOperator = `{job="parley-operator"`
)

// operator answers whether ChatRooms are as they should be, and whether the operator keeps up.
func operator() *builder {
	b := blank("parley-operator", "Parley / Operator", "Are all ChatRooms as they should be? Does the operator keep up?").
		WithVariable(variable("namespace", "Namespace", `label_values(chatapp_chatroom_condition, namespace)`)).
		WithVariable(variable("chatroom", "ChatRoom", `label_values(chatapp_chatroom_condition{namespace=~"$namespace"}, chatroom)`)).
		Annotation(mark("Restarts", bad, "Started", "{{pod}}", `max by (pod) (process_start_time_seconds`+ofOperator+`} * 1000)`).UseValueForTime(true))
	operatorNow(b)
	operatorRooms(b)
	operatorWork(b)
	operatorRequests(b)
	operatorCost(b)
	return b
}

func operatorNow(b *builder) {
	b.WithPanel(figure{
		title: "ChatRooms", unit: "short", description: "ChatRooms that the operator looks after, hibernating ones included.",
		queries: []query{{`max(chatapp_chatrooms` + ofOperator + `})`, "ChatRooms"}},
	}.level(neutral))
	b.WithPanel(figure{
		title: "Not ready", unit: "short", limits: limits{bad: 1}, description: "ChatRooms that people cannot chat in, but for those that sleep or are being deleted.",
		queries: []query{{`sum(chatapp_chatroom_condition` + ofRooms + `,condition="Ready",status!="True",reason!~"Hibernating|Deleting"}) or vector(0)`, "not ready"}},
	}.number(good))
	b.WithPanel(figure{
		title: "Degraded", unit: "short", limits: limits{warning: 1}, description: "ChatRooms of which something is wrong that may not mend by itself. People may chat all the same.",
		queries: []query{{`sum(chatapp_chatroom_condition` + ofRooms + `,condition="Degraded",status="True"}) or vector(0)`, "degraded"}},
	}.number(good))
	b.WithPanel(figure{
		title: "Operators", unit: "short", limits: limits{warning: 2, bad: 1, downward: true}, description: "Operators that answer. One works; with another one there is somebody to take over.",
		queries: []query{{`sum(up` + ofOperator + `})`, "operators"}},
	}.level(good))
	b.WithPanel(figure{
		title: "At work", unit: "short", limits: limits{bad: 1, downward: true}, description: "Operators that lead: always one. A gap of seconds is a change of leader.",
		queries: []query{{`sum(leader_election_master_status` + ofOperator + `})`, "leading"}},
	}.level(good))
	b.WithPanel(figure{
		title: "Failures in an hour", unit: "short", limits: limits{warning: 5, bad: 50}, description: "Passes over a ChatRoom that ended with an error and are tried again, rounded: Prometheus estimates it.",
		queries: []query{{`round(sum(increase(controller_runtime_reconcile_errors_total` + ofOperator + `}[1h])))`, "failures"}},
	}.number(good))
}

func operatorRooms(b *builder) {
	b.WithRow(row("ChatRooms"))
	b.WithPanel(figure{
		title: "By condition", unit: "short", description: "How many ChatRooms each condition holds of. Ready should be all of them, Degraded none, Progressing few.",
		queries: []query{{`sum by (condition) (chatapp_chatroom_condition` + ofRooms + `,status="True"})`, "{{condition}}"}},
	}.lines(2).FillOpacity(0).Decimals(0))
	b.WithPanel(unlisted(figure{
		title: "What is wrong", unit: "short", description: "Reasons of what does not hold though it should, or is degraded, and in how many conditions of ChatRooms. `kubectl describe chatroom` has the sentence for each.",
		queries: []query{{none(`sum by (what) (label_join(chatapp_chatroom_condition`+ofRooms+`,condition="Degraded",status="True"}
			or chatapp_chatroom_condition`+ofRooms+`,condition!~"Degraded|Progressing",status="False",reason!~"Hibernating|Deleting"},
			"what", " ", "namespace", "chatroom", "reason"))`, "what"), "{{what}}"}},
	}.stacked(2).Decimals(0)))
}

func operatorWork(b *builder) {
	b.WithRow(row("The operator's work"))
	b.WithPanel(colored(figure{
		title: "Passes", unit: perSecond, description: "Passes over a ChatRoom a second, by how they ended. At rest each ChatRoom has one in 15 seconds.",
		queries: []query{{`sum by (result) (rate(controller_runtime_reconcile_total` + ofOperator + `}[rate]))`, "{{result}}"}},
	}.lines(2), [2]string{"error", bad}))
	b.WithPanel(figure{
		title: "How long a pass takes", unit: "s", limits: limits{bad: 30}, description: "A pass asks servers and database members; when they do not answer it takes seconds. At 40 it is cut off.",
		queries: []query{
			{`histogram_quantile(0.5, sum by (le) (rate(controller_runtime_reconcile_time_seconds_bucket` + ofOperator + `}[rate])))`, "median"},
			{`histogram_quantile(0.99, sum by (le) (rate(controller_runtime_reconcile_time_seconds_bucket` + ofOperator + `}[rate])))`, "99th"},
		},
	}.lines(2))
	b.WithPanel(figure{
		title: "ChatRooms that wait", unit: "short", description: "ChatRooms whose turn has come and that nobody works on yet. Mostly 0; four are worked on at the same time.",
		queries: []query{{`sum(workqueue_depth` + ofOperator + `})`, "waiting"}},
	}.lines(2).Decimals(0))
	b.WithPanel(figure{
		title: "How long they wait", unit: "s", description: "From a change to the pass that heeds it, 99th percentile.",
		queries: []query{{`histogram_quantile(0.99, sum by (le) (rate(workqueue_queue_duration_seconds_bucket` + ofOperator + `}[rate])))`, "99th"}},
	}.lines(2))
}

func operatorRequests(b *builder) {
	b.WithRow(row("Requests to the API server"))
	b.WithPanel(figure{
		title: "Requests", unit: perSecond, description: "By method. At rest there are only the lease that says who leads, PUT, and nothing else that writes.",
		queries: []query{{`sum by (method) (rate(rest_client_requests_total` + ofOperator + `}[rate]))`, "{{method}}"}},
	}.lines(2))
	b.WithPanel(unlisted(figure{
		title: "Refused requests", unit: perSecond, description: "By code. 403 is a right that the operator lacks, 409 a conflict that is tried again, 422 an object that the cluster refuses.",
		queries: []query{{none(`sum by (code) (rate(rest_client_requests_total`+ofOperator+`,code=~"4..|5..|<error>"}[rate])) > 0`, "code"), "{{code}}"}},
	}.lines(2).ShowPoints(common.VisibilityModeAuto))) // a point alone has no line
}

func operatorCost(b *builder) {
	b.WithRow(row("What it costs"))
	b.WithPanel(figure{
		title: "CPU", unit: "short", reach: 0.1, description: "Processors that each operator uses. At rest under a hundredth.",
		queries: []query{{`sum by (pod) (rate(process_cpu_seconds_total` + ofOperator + `}[rate]))`, "{{pod}}"}},
	}.byPod(2))
	b.WithPanel(figure{
		title: "Memory", unit: "bytes", description: "Resident memory of each operator. It grows with the number of ChatRooms and falls back.",
		queries: []query{{`sum by (pod) (process_resident_memory_bytes` + ofOperator + `})`, "{{pod}}"}},
	}.byPod(2))
}
