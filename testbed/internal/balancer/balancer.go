// Package balancer forwards TCP connections to those backends that are healthy. A bed has one in front of its API
// servers, and one on each node for the API's service address.
package balancer

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// Pool is a set of backends with their health.
type Pool struct {
	check    func(ctx context.Context, address string) bool
	interval time.Duration

	mu       sync.Mutex
	backends []*backend
	next     int
}

type backend struct {
	address string
	healthy bool
	cancel  context.CancelFunc
}

// NewPool makes an empty pool; check says whether a backend is healthy.
func NewPool(check func(ctx context.Context, address string) bool, interval time.Duration) *Pool {
	return &Pool{check: check, interval: interval}
}

// Ready is the check for API servers: GET /readyz over TLS is answered with 200. Which certificate it has is not for a
// balancer to judge. Where anonymous requests are refused, 401 and 403 come from a server that is up as well.
func Ready(ctx context.Context, address string) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	t := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+address+"/readyz", nil)
	if err != nil {
		return false
	}
	resp, err := t.RoundTrip(req)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == 200 || resp.StatusCode == 401 || resp.StatusCode == 403
}

// Add adds a backend. It gets connections from its first healthy check on.
func (p *Pool) Add(address string) {
	ctx, cancel := context.WithCancel(context.Background())
	b := &backend{address: address, cancel: cancel}
	p.mu.Lock()
	p.backends = append(p.backends, b)
	p.mu.Unlock()
	go func() {
		for ctx.Err() == nil {
			ok := p.check(ctx, address)
			p.mu.Lock()
			b.healthy = ok
			p.mu.Unlock()
			select {
			case <-ctx.Done():
			case <-time.After(p.interval):
			}
		}
	}()
}

// Remove takes a backend out; its connections stay.
func (p *Pool) Remove(address string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, b := range p.backends {
		if b.address == address {
			b.cancel()
			p.backends = append(p.backends[:i:i], p.backends[i+1:]...)
			return
		}
	}
}

// order lists the backends to try: the healthy ones in turn, then the others, whose last check may be out of date.
func (p *Pool) order() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var good, bad []string
	for i := range p.backends {
		b := p.backends[(p.next+i)%len(p.backends)]
		if b.healthy {
			good = append(good, b.address)
		} else {
			bad = append(bad, b.address)
		}
	}
	p.next++
	return append(good, bad...)
}

// Healthy lists the backends whose last check went well.
func (p *Pool) Healthy() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for _, b := range p.backends {
		if b.healthy {
			out = append(out, b.address)
		}
	}
	return out
}

// Serve accepts connections until the listener is closed.
func (p *Pool) Serve(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go p.forward(c)
	}
}

func (p *Pool) forward(client net.Conn) {
	defer client.Close()
	for _, address := range p.order() {
		server, err := net.DialTimeout("tcp", address, time.Second)
		if err != nil {
			continue
		}
		splice(client, server)
		return
	}
}

// splice copies both ways and passes each side's end on to the other.
func splice(a, b net.Conn) {
	defer b.Close()
	var wg sync.WaitGroup
	for _, d := range [][2]net.Conn{{a, b}, {b, a}} {
		wg.Add(1)
		go func() {
			defer wg.Done()
			io.Copy(d[0], d[1])
			if t, ok := d[0].(*net.TCPConn); ok {
				t.CloseWrite()
			}
		}()
	}
	wg.Wait()
}
