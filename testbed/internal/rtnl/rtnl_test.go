package rtnl

import (
	"net"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

func TestLinksOfABed(t *testing.T) {
	if testing.Short() {
		t.Skip("-short")
	}
	if os.Geteuid() != 0 {
		t.Fatal("network namespaces need root")
	}
	done := make(chan struct{})
	go func() { // the thread, and with it the namespace, ends with the goroutine
		defer close(done)
		runtime.LockOSThread()
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			t.Error(err)
			return
		}
		for what, err := range map[string]error{
			"bridge": AddBridge("br0"), "address": AddAddress("br0", "192.0.2.1/24"), "up": Up("br0"),
			"veth": AddVeth("a", "b", unix.Gettid()), "master": SetMaster("a", "br0"), "route": AddDefaultRoute("192.0.2.2"),
		} {
			if err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		i, err := net.InterfaceByName("br0")
		if err != nil {
			t.Error(err)
			return
		}
		if i.Flags&net.FlagUp == 0 {
			t.Error("br0 is down")
		}
		addresses, err := i.Addrs()
		if err != nil || len(addresses) == 0 || addresses[0].String() != "192.0.2.1/24" {
			t.Errorf("%v, %v", addresses, err)
		}
		if _, err := net.InterfaceByName("b"); err != nil {
			t.Error(err)
		}
		if err := AddBridge("br0"); err == nil {
			t.Error("the same bridge twice")
		}
		if err := Delete("a"); err != nil {
			t.Error(err)
		}
		if _, err := net.InterfaceByName("b"); err == nil {
			t.Error("the peer of a deleted link is left")
		}
		if err := Up("none"); err == nil {
			t.Error("a link that is not there")
		}
	}()
	<-done
}
