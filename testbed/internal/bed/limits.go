package bed

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// maxUserInstances bounds the inotify instances of one user of the machine, whatever namespaces they are in.
const maxUserInstances = "/proc/sys/fs/inotify/max_user_instances"

// enoughInstances is for a dozen beds of three control planes: a kube-apiserver has 14, a controller manager 7, a kubelet 5.
const enoughInstances = 1024

// raiseInstances raises the machine's limit where it is the kernel's 128: the second bed of three control planes comes up to it, and
// then kubelets end as they start and nodes never register. It is the one thing of a bed that shows on the host, and it stays: another
// bed may live on it. Where the machine does not let it (a container), progress says so.
func raiseInstances(file string, progress io.Writer) {
	text, err := os.ReadFile(file)
	if err != nil {
		return
	}
	now, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || now >= enoughInstances {
		return
	}
	if err := os.WriteFile(file, []byte(strconv.Itoa(enoughInstances)), 0o644); err != nil {
		fmt.Fprintf(progress, "fs.inotify.max_user_instances is %d and stays so (%v): several beds together may fail\n", now, err)
		return
	}
	fmt.Fprintf(progress, "fs.inotify.max_user_instances raised from %d to %d\n", now, enoughInstances)
}
