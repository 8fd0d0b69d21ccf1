package enter

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// The namespaces of the main thread are those that /proc shows of the process, and that others enter.
func TestDoIsNeverOnTheMainThread(t *testing.T) {
	for i := 0; i < 300; i++ {
		err := Do(os.Getpid(), nil, func() error {
			if unix.Gettid() == os.Getpid() {
				t.Error("on the main thread")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
