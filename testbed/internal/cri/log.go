package cri

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// logFile is a container's log in the CRI's format: time, stream, F or P, text.
type logFile struct {
	path string
	mu   sync.Mutex
	f    *os.File
	open int // streams that are still copied
}

func openLog(path string) (*logFile, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	l := &logFile{path: path, open: 2}
	return l, l.reopen()
}

func (l *logFile) reopen() error {
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.f != nil {
		l.f.Close()
	}
	l.f = f
	return nil
}

func (l *logFile) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.f != nil {
		l.f.Close()
		l.f = nil
	}
}

// copy writes a stream's lines until its end.
func (l *logFile) copy(r *os.File, stream string) {
	defer r.Close()
	b := bufio.NewReaderSize(r, 16<<10)
	for {
		line, err := b.ReadSlice('\n')
		if len(line) > 0 {
			l.write(stream, line)
		}
		if err != nil && err != bufio.ErrBufferFull {
			break
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open--; l.open == 0 && l.f != nil {
		l.f.Close()
		l.f = nil
	}
}

func (l *logFile) write(stream string, line []byte) {
	tag := "P"
	if bytes.HasSuffix(line, []byte("\n")) {
		tag, line = "F", line[:len(line)-1]
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.f != nil {
		fmt.Fprintf(l.f, "%s %s %s %s\n", time.Now().UTC().Format(time.RFC3339Nano), stream, tag, line)
	}
}

// copying tells whether a stream is still copied.
func (l *logFile) copying() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open > 0
}
