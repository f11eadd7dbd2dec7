package v1alpha1_test

import (
	"fmt"
	"strings"
)

// ruleCase is a ChatRoom that is created, or changed from what it was before. It is taken
// unless refused holds a part of the error.
type ruleCase struct {
	name    string
	before  string
	spec    string
	refused string
}

func (c ruleCase) title() string { return strings.TrimSpace(c.name + c.before + "→" + c.spec) }

func ruleCases() []ruleCase {
	const external = "{database: {external: {secretRef: {name: x}}}}"
	return []ruleCase{
		{name: "a"},
		{name: strings.Repeat("a", 40)},
		{name: strings.Repeat("a", 41), refused: "metadata.name must be 1 to 40"},
		{name: "a.b", refused: "metadata.name must be 1 to 40"},
		{name: "1a", refused: "metadata.name must be 1 to 40"},

		{spec: "{server: {replicas: 100}}"},
		{spec: "{server: {replicas: 0}}", refused: "set spec.hibernate to true"},
		{spec: "{server: {replicas: 101}}", refused: "spec.server.replicas must be from 1 to 100"},
		{spec: "{server: {drain: {period: 10m, delay: 0s}}}"},
		{spec: "{server: {drain: {period: 1m30s, delay: 1.5s}}}"},
		{spec: "{server: {drain: {period: 11m}}}", refused: "spec.server.drain.period must be at most 10m"},
		{spec: "{server: {drain: {delay: 601s}}}", refused: "spec.server.drain.delay must be at most 10m"},
		{spec: "{server: {drain: {period: soon}}}", refused: "spec.server.drain.period"},
		{spec: "{server: {limits: {queueBytes: 128Ki, pingInterval: 1s, connectionsPerSecond: 0}}}"},
		{spec: "{server: {limits: {queueBytes: 131072}}}"},
		{spec: "{server: {limits: {queueBytes: 131071}}}", refused: "spec.server.limits.queueBytes must be from 128Ki to 1Gi"},
		{spec: "{server: {limits: {queueBytes: 2Gi}}}", refused: "spec.server.limits.queueBytes must be from 128Ki to 1Gi"},
		{spec: "{server: {limits: {pingInterval: 500ms}}}", refused: "spec.server.limits.pingInterval must be from 1s to 10m"},
		{spec: "{server: {limits: {messagesPerSecond: -1}}}", refused: "spec.server.limits.messagesPerSecond"},
		{spec: "{server: {log: {level: loud}}}", refused: "spec.server.log.level"},

		{spec: "{database: {members: 7}}"},
		{spec: "{database: {members: 2}}", refused: "choose the next odd number"},
		{spec: "{database: {members: 9}}", refused: "spec.database.members must be 1, 3, 5 or 7"},
		{before: "{database: {members: 1}}", spec: "{database: {members: 3}}"},
		{before: "{database: {members: 5}}", spec: "{database: {members: 1}}"},
		{spec: "{database: {version: '5.0'}}", refused: "spec.database.version"},
		{before: "{database: {version: '6.0'}}", spec: "{database: {version: '7.0'}}"},
		{before: "{database: {version: '8.0'}}", spec: "{database: {version: '7.0'}}"},
		{before: "{database: {version: '6.0'}}", spec: "{database: {version: '8.0'}}", refused: "moves one release at a time"},
		{spec: "{database: {confirmAfter: 24h}}"},
		{spec: "{database: {confirmAfter: 721h}}", refused: "spec.database.confirmAfter must be at most 720h"},
		{spec: "{database: {confirmAfter: later}}", refused: "spec.database.confirmAfter"},
		{spec: "{database: {storage: {size: 1Gi}}}"},
		{spec: "{database: {storage: {size: 1023Mi}}}", refused: "spec.database.storage.size must be at least 1Gi"},
		{before: "{database: {storage: {size: 10Gi}}}", spec: "{database: {storage: {size: 20Gi}}}"},
		{before: "{database: {storage: {size: 1Gi}}}", spec: "{database: {storage: {size: 1024Mi}}}"},
		{before: "{database: {storage: {size: 10Gi}}}", spec: "{database: {storage: {size: 9Gi}}}", refused: "spec.database.storage.size cannot shrink"},
		{before: "{database: {storage: {size: 20Gi}}}", spec: "{}", refused: "spec.database.storage.size cannot shrink"},
		{before: "{database: {storage: {storageClassName: a}}}", spec: "{database: {storage: {storageClassName: a}}}"},
		{before: "{database: {storage: {storageClassName: a}}}", spec: "{database: {storage: {storageClassName: b}}}", refused: "storageClassName cannot change"},
		{before: "{database: {storage: {storageClassName: a}}}", spec: "{}", refused: "storageClassName cannot change"},
		{before: "{}", spec: "{database: {storage: {storageClassName: a}}}", refused: "storageClassName cannot change"},
		{spec: external},
		{before: "{}", spec: external, refused: "set spec.database.allowSwitch to true"},
		{before: external, spec: "{}", refused: "set spec.database.allowSwitch to true"},
		{before: "{}", spec: "{database: {allowSwitch: true, external: {secretRef: {name: x, key: text}}}}"},
		{before: external, spec: "{database: {allowSwitch: true}}"},
		{before: external, spec: "{database: {external: {secretRef: {name: other}}}}"},
		{spec: "{database: {external: {}}}", refused: "secretRef"},
		{spec: "{database: {external: {secretRef: {name: x}}, tls: {secretName: own}}}", refused: "put TLS options into its URI"},
		{spec: "{database: {tls: {secretName: own}}}"},
		{spec: "{database: {tls: {}}}", refused: "spec.database.tls needs secretName or issuerRef"},
		{spec: "{database: {tls: {secretName: own, issuerRef: {name: z}}}}", refused: "spec.database.tls needs secretName or issuerRef"},

		{spec: "{exposure: {service: {type: NodePort, nodePort: 30080}}}"},
		{spec: "{exposure: {service: {nodePort: 30080}}}", refused: "nodePort needs a type of NodePort or LoadBalancer"},
		{spec: "{exposure: {clientService: {nodePort: 30080}}}", refused: "spec.exposure.clientService"},
		{spec: "{exposure: {service: {type: NodePort, loadBalancerClass: x}}}", refused: "need the type LoadBalancer"},
		{spec: "{exposure: {service: {type: LoadBalancer, loadBalancerClass: x, externalTrafficPolicy: Local}}}"},
		{spec: "{exposure: {service: {externalTrafficPolicy: Local}}}", refused: "externalTrafficPolicy needs a type"},
		{spec: "{exposure: {service: {type: ExternalName}}}", refused: "spec.exposure.service.type"},
		{spec: "{exposure: {ingress: {host: chat.example.org, tls: {}}}}"},
		{spec: "{exposure: {ingress: {}}}", refused: "spec.exposure.ingress.host"},
		{spec: "{exposure: {ingress: {host: 'https://chat.example.org'}}}", refused: "spec.exposure.ingress.host"},
		{spec: "{exposure: {httpRoute: {hostnames: ['*.example.org'], parentRefs: [{name: x}]}}}"},
		{spec: "{exposure: {httpRoute: {hostnames: [x], parentRefs: []}}}", refused: "spec.exposure.httpRoute.parentRefs"},
		{spec: "{exposure: {allowedOrigins: ['https://a.example.org', 'http://localhost:3000']}}"},
		{spec: "{exposure: {allowedOrigins: ['*']}}"},
		{spec: "{exposure: {allowedOrigins: ['*', 'https://a.example.org']}}", refused: "either a single * or a list of origins"},
		{spec: "{exposure: {allowedOrigins: ['a.example.org']}}", refused: "spec.exposure.allowedOrigins must hold origins"},
		{spec: "{exposure: {allowedOrigins: ['https://a.example.org/chat']}}", refused: "spec.exposure.allowedOrigins must hold origins"},

		{spec: "{autoscaling: {maxReplicas: 2}}"},
		{spec: "{autoscaling: {minReplicas: 3, maxReplicas: 2}}", refused: "raise the one or lower the other"},
		{spec: "{autoscaling: {maxReplicas: 1}}", refused: "raise the one or lower the other"},
		{spec: "{autoscaling: {}}", refused: "spec.autoscaling.maxReplicas"},
		{spec: "{monitoring: {interval: often}}", refused: "spec.monitoring.interval"},
		{spec: "{deletionPolicy: Archive}", refused: "spec.deletionPolicy"},
		{before: "{}", spec: "{hibernate: true, paused: true}"},
		{spec: fmt.Sprintf("{server: {image: %q}}", strings.Repeat("x", 513)), refused: "spec.server.image"},
	}
}
