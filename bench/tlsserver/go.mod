module seawall/bench/tlsserver

go 1.25
