// Keeps the probes out of the generator's own module: they compile only inside the throw-away
// modules that the generator makes, one for each version of Kubernetes and etcd.
module seawall.dev/tools/defaults/probe

go 1.21
