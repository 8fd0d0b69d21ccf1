package balancer

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// echo answers each connection with its name and what it was sent, after the client has ended its side.
func echo(t *testing.T, name string) net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				data, _ := io.ReadAll(c)
				io.WriteString(c, name+string(data))
			}()
		}
	}()
	return l
}

func ask(t *testing.T, address string) string {
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "!")
	c.(*net.TCPConn).CloseWrite()
	c.SetDeadline(time.Now().Add(5 * time.Second))
	data, _ := io.ReadAll(c)
	return string(data)
}

func until(t *testing.T, what string, f func() bool) {
	for i := 0; i < 500; i++ {
		if f() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal(what)
}

func TestConnectionsGoToHealthyBackendsOnly(t *testing.T) {
	a, b := echo(t, "a"), echo(t, "b")
	var sick atomic.Value
	sick.Store("")
	p := NewPool(func(_ context.Context, address string) bool { return address != sick.Load() }, 10*time.Millisecond)
	p.Add(a.Addr().String())
	p.Add(b.Addr().String())
	defer p.Remove(a.Addr().String())
	defer p.Remove(b.Addr().String())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go p.Serve(l)
	until(t, "both healthy", func() bool { return len(p.Healthy()) == 2 })
	seen := map[string]int{}
	for i := 0; i < 10; i++ {
		seen[ask(t, l.Addr().String())]++
	}
	if seen["a!"] != 5 || seen["b!"] != 5 {
		t.Errorf("not in turn: %v", seen)
	}
	sick.Store(a.Addr().String())
	until(t, "a is left out", func() bool { return len(p.Healthy()) == 1 })
	for i := 0; i < 10; i++ {
		if got := ask(t, l.Addr().String()); got != "b!" {
			t.Fatalf("answer %q from a sick backend", got)
		}
	}
}

func TestABackendThatRefusesIsPassedOver(t *testing.T) {
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead.Close()
	b := echo(t, "b")
	p := NewPool(func(context.Context, string) bool { return true }, time.Hour)
	p.Add(dead.Addr().String())
	p.Add(b.Addr().String())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go p.Serve(l)
	for i := 0; i < 4; i++ {
		if got := ask(t, l.Addr().String()); got != "b!" {
			t.Fatalf("got %q", got)
		}
	}
}

func TestReadyIsWhatReadyzSays(t *testing.T) {
	var code atomic.Int32
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			t.Errorf("asked for %s", r.URL.Path)
		}
		w.WriteHeader(int(code.Load()))
	}))
	defer s.Close()
	address := strings.TrimPrefix(s.URL, "https://")
	for c, want := range map[int32]bool{200: true, 401: true, 403: true, 500: false, 503: false} {
		code.Store(c)
		if got := Ready(context.Background(), address); got != want {
			t.Errorf("status %d: %v", c, got)
		}
	}
	plain := echo(t, "no TLS")
	if Ready(context.Background(), plain.Addr().String()) {
		t.Error("a server without TLS is ready")
	}
}
