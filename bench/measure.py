"""Times whole processes: median wall clock and the largest resident set, and pairs two commands run by run."""
import os
import statistics
import sys
import time


def once(command):
    """Seconds and KiB of one run; its output is thrown away."""
    start = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        try:
            os.execvp(command[0], command)
        finally:
            os._exit(127)
    _, status, usage = os.wait4(pid, 0)
    if os.waitstatus_to_exitcode(status) in (2, 127):
        sys.exit(f"{command[0]} failed: {status}")
    return time.perf_counter() - start, usage.ru_maxrss


def row(name, seconds, peaks):
    print(f"{name:<45} {statistics.median(seconds) * 1000:9.1f} ms  (min {min(seconds) * 1000:.1f}, max {max(seconds) * 1000:.1f})"
          f"  {max(peaks) / 1024:7.1f} MiB", flush=True)


def run(name, count, command):
    once(command)
    results = [once(command) for _ in range(count)]
    row(name, [r[0] for r in results], [r[1] for r in results])


def versus(name, count, a, b):
    once(a), once(b)
    pairs = [(once(a), once(b)) for _ in range(count)]
    row(name + ", A", [p[0][0] for p in pairs], [p[0][1] for p in pairs])
    row(name + ", B", [p[1][0] for p in pairs], [p[1][1] for p in pairs])
    ratios = [p[1][0] / p[0][0] for p in pairs]
    print(f"{name}: B takes {statistics.median(ratios):.0f} times as long as A (min {min(ratios):.0f}, max {max(ratios):.0f})")


def main(words):
    if words[0] == "sizes":
        print(f"{'size of ' + words[1]:<45} {os.path.getsize(words[1]) / 2**20:9.1f} MiB")
        return
    name, count = words[1], int(words[words.index("-n") + 1])
    if words[0] == "run":
        run(name, count, words[words.index("--") + 1:])
    else:
        a, b = words.index("--a"), words.index("--b")
        versus(name, count, words[a + 1:b], words[b + 1:])


main(sys.argv[1:])
