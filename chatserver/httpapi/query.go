package httpapi

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/protocol"
)

// query reads a request's query; unknown parameters are ignored.
func query(r *http.Request) (url.Values, error) {
	if len(r.URL.RawQuery) > maxQuery {
		return nil, chat.FailField(chat.CodeFieldInvalid, "query", maxQuery, "The query is longer than %d bytes.", maxQuery)
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, chat.FailField(chat.CodeFieldInvalid, "query", 0, "The query cannot be read: check its percent signs and semicolons.")
	}
	return values, nil
}

// pageOf reads which page of messages is asked for. What it may be is up to the
// protocol, so that both ways of asking have the same bounds and sentences.
func pageOf(r *http.Request) (chat.Page, error) {
	values, err := query(r)
	if err != nil {
		return chat.Page{}, err
	}
	var request protocol.Request
	request.Limit = limitOf(values)
	if values.Has("before") {
		before := number(values.Get("before"))
		request.Before = &before
	}
	if values.Has("after") {
		request.AfterRaw = strconv.AppendInt(nil, number(values.Get("after")), 10)
	}
	return request.Page()
}

// listingOf reads which channels are asked for.
func listingOf(r *http.Request) (after string, limit int, err error) {
	values, err := query(r)
	if err != nil {
		return "", 0, err
	}
	request := protocol.Request{Limit: limitOf(values)}
	if request.AfterRaw, err = json.Marshal(values.Get("after")); err != nil {
		return "", 0, err
	}
	return request.Listing()
}

func limitOf(values url.Values) *int {
	if !values.Has("limit") {
		return nil
	}
	limit := int(number(values.Get("limit")))
	return &limit
}

// number reads a number of a query; what is none becomes -1, which no field allows.
func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return -1
	}
	return n
}
