package process

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// ownerOf tells which of some processes is at the other end of a connection that was
// accepted, or 0 if none is; see proc(5). It is how a cable tells replicas apart that all
// come from one address.
func ownerOf(accepted net.Conn, pids []int) int {
	socket := ""
	for range 5 { // the table may change while it is read, so that a line is left out
		if socket = socketOf(accepted); socket != "" {
			break
		}
	}
	for _, pid := range pids {
		descriptors, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
		if err != nil || socket == "" {
			return 0
		}
		for _, one := range descriptors {
			if target, err := os.Readlink(one); err == nil && target == socket {
				return pid
			}
		}
	}
	return 0
}

// socketOf finds the other end's socket by its two addresses.
func socketOf(accepted net.Conn) string {
	local, remote := entryOf(accepted.RemoteAddr()), entryOf(accepted.LocalAddr())
	table, err := os.Open("/proc/net/tcp")
	if err != nil {
		return ""
	}
	defer func() { _ = table.Close() }() // only read
	for lines := bufio.NewScanner(table); lines.Scan(); {
		const inode = 9
		if fields := strings.Fields(lines.Text()); len(fields) > inode && fields[1] == local && fields[2] == remote && fields[inode] != "0" {
			return "socket:[" + fields[inode] + "]"
		}
	}
	return ""
}

// entryOf is an address as the table has it.
func entryOf(address net.Addr) string {
	tcp, ok := address.(*net.TCPAddr)
	if !ok || tcp.IP.To4() == nil {
		return ""
	}
	ip := tcp.IP.To4()
	return fmt.Sprintf("%02X%02X%02X%02X:%04X", ip[3], ip[2], ip[1], ip[0], tcp.Port)
}
