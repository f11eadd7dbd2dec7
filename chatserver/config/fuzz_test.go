package config

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

// FuzzParse gives any command line and environment: what comes of it is a configuration
// within all bounds, or sentences. Neither shows a secret.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "--rate=3", "--listen :0 --admin-listen :0", "--listen :1 --admin-listen 0.0.0.0:1", "--help", "-version=maybe", "-- x", "---rate 3", "-=",
		"--queue-bytes 128KiB --ping-interval 1s", "--queue-bytes 9999999999999MiB", "--rate NaN --accept-rate Inf", "--max-channels 0x10",
		"--bus embedded --bus-listen [::1]:0 --bus-routes a:1,b:2", "--otlp-endpoint http://h/p --trace-ratio 1", "--log-level warn --log-format json", "--drain 10m --drain-delay 9223372036s",
	} {
		f.Add(seed, "PARLEY_STORE", "mongodb://u:"+planted+"@h/chat?tls=true")
	}
	f.Add("--store mongodb://u:"+planted+"@h --bus nats://u:"+planted+"@h", "PARLEY_ALLOWED_ORIGINS", "https://a.example:443,http://B")
	f.Fuzz(func(t *testing.T, line, variable, value string) {
		if strings.Contains(line+value, "-file") || strings.HasSuffix(variable, "_FILE") {
			return // no file of this machine is read
		}
		var shown strings.Builder
		c, err := parse(strings.Fields(line), environment(map[string]string{variable: value}), &shown, plenty)
		for _, text := range []string{shown.String(), fmt.Sprint(err), fmt.Sprintf("%v %+v %#v", c, c, c)} {
			if strings.Contains(text, planted) && !elsewhere(line, variable, value) {
				t.Errorf("a secret is shown: %s", text)
			}
		}
		var problems Problems
		switch {
		case err == nil:
			inBounds(t, c)
		case errors.Is(err, ErrShown):
		case !errors.As(err, &problems) || len(problems) == 0:
			t.Errorf("%q: %v", line, err)
		}
	})
}

// planted is a password that nothing may show.
const planted = "hunter2-Zq8"

// elsewhere tells whether the password stands where no secret is expected, and so is
// repeated: in a value or name of another setting.
func elsewhere(line, variable, value string) bool {
	if strings.Contains(strings.ReplaceAll(line+" "+value, ":"+planted+"@", ""), planted) {
		return true // it is a host, a file or a name
	}
	if strings.Contains(value, planted) && variable != "PARLEY_STORE" && variable != "PARLEY_BUS" && variable != "PARLEY_OTLP_ENDPOINT" {
		return true
	}
	words := strings.Fields(line)
	for i, word := range words {
		name, rest, given := strings.Cut(strings.TrimLeft(word, "-"), "=")
		if !strings.Contains(word, planted) {
			continue
		}
		if !given || !strings.Contains(rest, planted) {
			name = ""
			if i > 0 {
				name = strings.TrimLeft(words[i-1], "-")
			}
		}
		if name != storeFlag && name != busFlag && name != "otlp-endpoint" {
			return true
		}
	}
	return false
}

func inBounds(t *testing.T, c Config) {
	t.Helper()
	for what, ok := range map[string]bool{
		"listen":   c.Listen != "" && c.AdminListen != "" && !sameAddress(c.Listen, c.AdminListen),
		"store":    c.Store.Kind() != "",
		"rates":    c.Rate >= 0 && c.Rate <= 1e6 && c.AcceptRate >= 0 && c.AcceptRate <= 1e6,
		"drain":    c.Drain >= 0 && c.Drain <= 10*time.Minute && c.DrainDelay >= 0 && c.DrainDelay <= 10*time.Minute,
		"limits":   c.MaxConnections >= 1 && c.MaxConnections <= plenty && c.MaxChannels >= 1 && c.MaxChannels <= 1e6,
		"queue":    c.QueueBytes >= 128<<10 && c.QueueBytes <= 1<<30,
		"ping":     c.PingInterval >= time.Second && c.PingInterval <= 10*time.Minute,
		"tracing":  c.Tracing.Ratio >= 0 && c.Tracing.Ratio <= 1,
		"format":   c.LogFormat == "text" || c.LogFormat == "json",
		"bus":      c.Bus.Kind == "" || c.Bus.Kind == BusEmbedded || c.Bus.Kind == BusExternal,
		"bus name": plainName.MatchString(c.Bus.Name),
	} {
		if !ok {
			t.Errorf("%s is out of bounds: %+v", what, c)
		}
	}
	// What was read can be given again and means the same.
	for _, origin := range c.AllowedOrigins {
		if again, err := origins(origin); err != nil || len(again) != 1 || again[0] != origin {
			t.Errorf("the origin %q is read as %q, %v", origin, again, err)
		}
	}
	if again, err := parse([]string{"--store", c.Store.Reveal(), "--listen", c.Listen, "--admin-listen", c.AdminListen, "--drain", c.Drain.String(),
		"--queue-bytes", fmt.Sprint(c.QueueBytes), "--rate", fmt.Sprint(c.Rate)}, environment(nil), io.Discard, plenty); err != nil ||
		again.Store != c.Store || again.Listen != c.Listen || again.Drain != c.Drain || again.QueueBytes != c.QueueBytes || again.Rate != c.Rate {
		t.Errorf("given again it is %+v, %v; it was %+v", again, err, c)
	}
}

// FuzzStoreURI: whatever is shown of a store's URI, its credentials and options are not.
func FuzzStoreURI(f *testing.F) {
	for _, seed := range []string{"", "db", "db:27017/chat", "a,b/chat?replicaSet=rs0", "x@y", "?@/", "%", "]["} {
		f.Add("u", seed)
	}
	f.Fuzz(func(t *testing.T, user, rest string) {
		if strings.Contains(user+rest, planted) {
			return
		}
		for _, text := range []string{
			"mongodb://" + user + ":" + planted + "@" + rest, "mongodb+srv://" + planted + "@" + rest,
			"mongodb://" + user + "@h/?tlsCertificateKeyFilePassword=" + planted + rest,
			"mongodb://anna:" + planted + "/" + rest,
		} {
			u, err := storeURI(text)
			if err != nil {
				if strings.Contains(err.Error(), planted) {
					t.Errorf("shown: %v", err)
				}
				continue
			}
			encoded, err := u.MarshalText()
			if shown := u.String() + u.GoString() + u.LogValue().String() + string(encoded) + fmt.Sprintf("%v%q%#v", u, u, u); err != nil || strings.Contains(shown, planted) {
				t.Errorf("%q is shown as %s, %v", text, shown, err)
			}
			if u.Reveal() != text {
				t.Errorf("%q became %q", text, u.Reveal())
			}
		}
	})
}
