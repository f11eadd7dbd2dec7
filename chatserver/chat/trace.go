package chat

// Trace names the span that follows a change, so that another process can go on from
// it: a traceparent of version 00, https://www.w3.org/TR/trace-context/. Most changes
// are not followed and have none.
type Trace string

const traceForm = "00-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-xxxxxxxxxxxxxxxx-xx"

// ID gives the id of the whole trace, 32 hexadecimal digits. It is empty without a
// trace, and if what another process sent is none.
func (t Trace) ID() string {
	if len(t) != len(traceForm) || string(t[:3]) != traceForm[:3] {
		return ""
	}
	for i := range len(t) {
		if want := traceForm[i]; want == 'x' && !hexadecimal(t[i]) || want == '-' && t[i] != '-' {
			return ""
		}
	}
	trace, span := string(t[3:35]), string(t[36:52])
	if zeros(trace) || zeros(span) {
		return ""
	}
	return trace
}

func hexadecimal(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' }

// zeros are an id that stands for none.
func zeros(id string) bool {
	for i := range len(id) {
		if id[i] != '0' {
			return false
		}
	}
	return true
}
