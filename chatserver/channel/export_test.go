package channel

// RingBytes is what all channels' rings hold.
func (h *Hub) RingBytes() int64 { return h.ringBytes.Load() }
