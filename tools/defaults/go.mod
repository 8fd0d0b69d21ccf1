module seawall.dev/tools/defaults

go 1.24
