// Package history records what clients asked of a chat and what they were told, and
// decides afterwards whether all of it can be true of one log per channel.
//
// A load records with a History, a Session for each device or tab, a Connection for each
// WebSocket and an Operation for each change, however often it is sent. When everybody is
// quiet it reads every channel from the store and calls Check. Nothing is judged by
// clocks: what came before what is counted by one counter in the process. Time is noted
// for people alone.
//
// Recording is cheap, so that it does not slow down the load that it watches: what a
// channel's revs held is kept once for all, and of an event that comes in turn nothing
// remains but the end of a run.
package history
