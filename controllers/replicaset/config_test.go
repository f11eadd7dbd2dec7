package replicaset

import (
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

func TestConfigKeepsWhatItDoesNotKnow(t *testing.T) {
	raw, err := bson.Marshal(bson.M{
		"_id": "rs", "version": 3, "term": 2, "protocolVersion": 1, "settings": bson.M{"electionTimeoutMillis": 5000},
		"members": bson.A{bson.M{"_id": 255, "host": "m0:1", "votes": 1, "priority": 2.5, "tags": bson.M{"zone": "a"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var c config
	if err := bson.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	after := c.withMember("m1:1").withVote("m1:1", 1).without("m1:1").withMember("m2:1")
	if len(c.Members) != 1 || c.Version != 3 || after.Version != 7 || after.Members[1].ID != 0 {
		t.Errorf("%+v, %+v", c, after)
	}
	if raw, err = bson.Marshal(after); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"protocolVersion": "1", "settings.electionTimeoutMillis": "5000", "members.0.tags.zone": `"a"`, "members.0.priority": "2.5"} {
		value, err := bson.Raw(raw).LookupErr(strings.Split(path, ".")...)
		if err != nil || !strings.Contains(value.String(), strings.Trim(want, `"`)) {
			t.Errorf("%s is %v, %v; want %s", path, value, err, want)
		}
	}
}
