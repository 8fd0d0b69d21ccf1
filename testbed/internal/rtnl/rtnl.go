// Package rtnl makes the few network links that a bed has, by rtnetlink itself, so that no program is needed for it.
// Every function works in the network namespace of the calling thread.
package rtnl

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// request is a netlink message in the making.
type request struct{ b []byte }

func newRequest(kind, flags uint16) *request {
	r := &request{b: make([]byte, unix.NLMSG_HDRLEN)}
	binary.NativeEndian.PutUint16(r.b[4:], kind)
	binary.NativeEndian.PutUint16(r.b[6:], flags|unix.NLM_F_REQUEST|unix.NLM_F_ACK)
	binary.NativeEndian.PutUint32(r.b[8:], 1)
	return r
}

// attr appends an attribute and returns where it begins; end closes one that others were put into.
func (r *request) attr(kind uint16, data []byte) int {
	at := len(r.b)
	r.b = binary.NativeEndian.AppendUint16(r.b, uint16(4+len(data)))
	r.b = binary.NativeEndian.AppendUint16(r.b, kind)
	r.b = append(r.b, data...)
	r.pad()
	return at
}

func (r *request) end(at int) { binary.NativeEndian.PutUint16(r.b[at:], uint16(len(r.b)-at)) }

func (r *request) pad() {
	for len(r.b)%4 != 0 {
		r.b = append(r.b, 0)
	}
}

// ifinfo appends the header that every link message has.
func (r *request) ifinfo(index int, flags, change uint32) {
	r.b = append(r.b, unix.AF_UNSPEC, 0, 0, 0)
	r.b = binary.NativeEndian.AppendUint32(r.b, uint32(index))
	r.b = binary.NativeEndian.AppendUint32(r.b, flags)
	r.b = binary.NativeEndian.AppendUint32(r.b, change)
}

// do sends the request and waits for the kernel's answer.
func (r *request) do() error {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	binary.NativeEndian.PutUint32(r.b, uint32(len(r.b)))
	if err := unix.Sendto(fd, r.b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	buf := make([]byte, 16384)
	n, _, err := unix.Recvfrom(fd, buf, 0)
	if err != nil {
		return err
	}
	if n < 20 || binary.NativeEndian.Uint16(buf[4:]) != unix.NLMSG_ERROR {
		return fmt.Errorf("netlink: unexpected answer")
	}
	if e := int32(binary.NativeEndian.Uint32(buf[16:])); e != 0 {
		return unix.Errno(-e)
	}
	return nil
}

func index(name string) (int, error) {
	i, err := net.InterfaceByName(name)
	if err != nil {
		return 0, fmt.Errorf("link %s: %w", name, err)
	}
	return i.Index, nil
}

func cstring(s string) []byte { return append([]byte(s), 0) }

// AddBridge makes a bridge.
func AddBridge(name string) error {
	r := newRequest(unix.RTM_NEWLINK, unix.NLM_F_CREATE|unix.NLM_F_EXCL)
	r.ifinfo(0, 0, 0)
	r.attr(unix.IFLA_IFNAME, cstring(name))
	info := r.attr(unix.IFLA_LINKINFO, nil)
	r.attr(unix.IFLA_INFO_KIND, []byte("bridge"))
	r.end(info)
	return wrap("adding bridge "+name, r.do())
}

// vethInfoPeer is VETH_INFO_PEER of linux/veth.h.
const vethInfoPeer = 1

// AddVeth makes a pair of links: name here, peer in the network namespace of the process pid.
func AddVeth(name, peer string, pid int) error {
	r := newRequest(unix.RTM_NEWLINK, unix.NLM_F_CREATE|unix.NLM_F_EXCL)
	r.ifinfo(0, 0, 0)
	r.attr(unix.IFLA_IFNAME, cstring(name))
	info := r.attr(unix.IFLA_LINKINFO, nil)
	r.attr(unix.IFLA_INFO_KIND, []byte("veth"))
	data := r.attr(unix.IFLA_INFO_DATA, nil)
	p := r.attr(vethInfoPeer, nil)
	r.ifinfo(0, 0, 0)
	r.attr(unix.IFLA_IFNAME, cstring(peer))
	r.attr(unix.IFLA_NET_NS_PID, binary.NativeEndian.AppendUint32(nil, uint32(pid)))
	r.end(p)
	r.end(data)
	r.end(info)
	return wrap("adding link "+name, r.do())
}

// SetMaster puts a link into a bridge.
func SetMaster(name, bridge string) error {
	i, err := index(name)
	if err != nil {
		return err
	}
	b, err := index(bridge)
	if err != nil {
		return err
	}
	r := newRequest(unix.RTM_NEWLINK, 0)
	r.ifinfo(i, 0, 0)
	r.attr(unix.IFLA_MASTER, binary.NativeEndian.AppendUint32(nil, uint32(b)))
	return wrap("putting "+name+" into "+bridge, r.do())
}

// Up switches a link on.
func Up(name string) error {
	i, err := index(name)
	if err != nil {
		return err
	}
	r := newRequest(unix.RTM_NEWLINK, 0)
	r.ifinfo(i, unix.IFF_UP, unix.IFF_UP)
	return wrap("switching "+name+" on", r.do())
}

// Delete removes a link.
func Delete(name string) error {
	i, err := index(name)
	if err != nil {
		return err
	}
	r := newRequest(unix.RTM_DELLINK, 0)
	r.ifinfo(i, 0, 0)
	return wrap("removing "+name, r.do())
}

// AddAddress gives a link an IPv4 address, as in 192.0.2.1/24.
func AddAddress(name, cidr string) error {
	i, err := index(name)
	if err != nil {
		return err
	}
	ip, network, err := net.ParseCIDR(cidr)
	if err != nil {
		return err
	}
	ones, _ := network.Mask.Size()
	r := newRequest(unix.RTM_NEWADDR, unix.NLM_F_CREATE|unix.NLM_F_EXCL)
	r.b = append(r.b, unix.AF_INET, byte(ones), 0, unix.RT_SCOPE_UNIVERSE)
	r.b = binary.NativeEndian.AppendUint32(r.b, uint32(i))
	r.attr(unix.IFA_LOCAL, ip.To4())
	r.attr(unix.IFA_ADDRESS, ip.To4())
	return wrap("giving "+name+" the address "+cidr, r.do())
}

// AddDefaultRoute sends everything else to gateway.
func AddDefaultRoute(gateway string) error {
	r := newRequest(unix.RTM_NEWROUTE, unix.NLM_F_CREATE|unix.NLM_F_EXCL)
	r.b = append(r.b, unix.AF_INET, 0, 0, 0, unix.RT_TABLE_MAIN, unix.RTPROT_BOOT, unix.RT_SCOPE_UNIVERSE, unix.RTN_UNICAST)
	r.b = binary.NativeEndian.AppendUint32(r.b, 0)
	r.attr(unix.RTA_GATEWAY, net.ParseIP(gateway).To4())
	return wrap("adding the default route", r.do())
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return os.NewSyscallError(what, err)
}
