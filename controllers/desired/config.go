package desired

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/parley-chat/parley/chatserver/config"
)

// Where servers find what is mounted.
const (
	storeFolder = "/etc/parley/store"
	busFolder   = "/etc/parley/bus"
	caFolder    = "/etc/parley/database-ca"

	caVolume = "database-ca"
	uriKey   = "uri"
)

// serverConfig is the ConfigMap with the servers' environment. Secrets are files. A test
// reads it with the servers' own parser.
func serverConfig(in Input) *corev1.ConfigMap {
	return in.configMap(in.ServerName(), Server, serverEnvironment(in))
}

func clientConfig(in Input) *corev1.ConfigMap {
	return in.configMap(in.ClientName(), Client, clientEnvironment(in))
}

func (in Input) configMap(name string, c Component, data map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: in.meta(name, in.labelsOf(c)),
		Data:       data,
	}
}

func serverEnvironment(in Input) map[string]string {
	s := in.spec().Server
	return map[string]string{
		"PARLEY_LISTEN":          fmt.Sprintf(":%d", httpPort),
		"PARLEY_ADMIN_LISTEN":    fmt.Sprintf(":%d", AdminPort),
		"PARLEY_STORE_FILE":      storeFolder + "/" + uriKey,
		"PARLEY_BUS":             config.BusEmbedded,
		"PARLEY_BUS_NAME":        in.busName(),
		"PARLEY_BUS_LISTEN":      fmt.Sprintf(":%d", routesPort),
		"PARLEY_BUS_ROUTES":      fmt.Sprintf("%s:%d", in.host(in.PeersName()), routesPort),
		"PARLEY_BUS_SECRET_FILE": busFolder + "/" + busSecretKey,
		"PARLEY_ALLOWED_ORIGINS": strings.Join(in.spec().Exposure.AllowedOrigins, ","),
		"PARLEY_DRAIN":           s.Drain.Period.Duration.String(),
		"PARLEY_DRAIN_DELAY":     s.Drain.Delay.Duration.String(),
		"PARLEY_LOG_LEVEL":       s.Log.Level,
		"PARLEY_LOG_FORMAT":      s.Log.Format,
		"PARLEY_RATE":            decimal(*s.Limits.MessagesPerSecond),
		"PARLEY_MAX_CONNECTIONS": decimal(s.Limits.Connections),
		"PARLEY_ACCEPT_RATE":     acceptRate(s.Limits.ConnectionsPerSecond),
		"PARLEY_QUEUE_BYTES":     decimal(s.Limits.QueueBytes.Value()),
		"PARLEY_PING_INTERVAL":   s.Limits.PingInterval.Duration.String(),
		"PARLEY_MAX_CHANNELS":    decimal(s.Limits.Channels),
	}
}

func clientEnvironment(in Input) map[string]string {
	return map[string]string{
		"PARLEY_WEB_LISTEN":     fmt.Sprintf(":%d", clientPort),
		"PARLEY_WEB_BACKEND":    "http://" + in.host(in.Room.Name),
		"PARLEY_WEB_DRAIN":      in.spec().Server.Drain.Period.Duration.String(),
		"PARLEY_WEB_LOG_LEVEL":  in.spec().Server.Log.Level,
		"PARLEY_WEB_LOG_FORMAT": in.spec().Server.Log.Format,
	}
}

// busName keeps ChatRooms apart that could reach each other. The namespace goes in as a
// digest, because both names together can be too long.
func (in Input) busName() string { return in.Room.Name + "-" + digest(in.Room.Namespace) }

func decimal[N ~int32 | ~int64](n N) string { return strconv.FormatInt(int64(n), 10) }

func acceptRate(limit *int32) string {
	if limit == nil {
		return "auto"
	}
	return decimal(*limit)
}

// configVersion changes whenever what pods read at their start does.
func configVersion(environment map[string]string, secrets string) string {
	texts := []string{secrets}
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		texts = append(texts, name, environment[name])
	}
	return digest(texts...)
}
