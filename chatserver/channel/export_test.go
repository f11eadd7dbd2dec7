package channel

import "context"

// RingBytes is what all channels' rings hold.
func (h *Hub) RingBytes() int64 { return h.ringBytes.Load() }

// Settle waits until nothing is being committed in a channel.
func (h *Hub) Settle(ctx context.Context, name string) error {
	c, err := h.channel(ctx, name)
	if err != nil {
		return err
	}
	return c.settle(ctx)
}
