#include <fmt/format.h>

#include "app/ssh_session.h"

namespace seawall::app {
namespace {

/// As one word of a POSIX shell.
std::string Quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

// The folder is removed however the script ends. It says hello before it reads anything, so that
// what stands before the hello is somebody else's. Exit statuses: ExplainEnd in ssh_end.cc.
// clang-format off
constexpr const char* kBegin = R"sh(set -u
umask 077
LC_ALL=C
export LC_ALL
d=
c=
w=
trap 'exit 99' HUP INT TERM PIPE
trap 'kill $c $w 2>/dev/null; [ -z "$d" ] || rm -rf "$d"' EXIT
p=$(command -v seawall 2>/dev/null) || p=
case $p in /*) ;; *) p= ;; esac
want=need
if [ -n "$p" ] && [ "$(sha256sum <"$p" 2>/dev/null | cut -c1-64)" = "$digest" ]; then want=have; fi
why=91
for base in "$@"; do
  d=$(mktemp -d "$base/seawall.XXXXXXXXXX" 2>/dev/null) || { d=; continue; }
  [ $want = have ] && break
  if printf '#!/bin/sh\nexit 0\n' >"$d/x" 2>/dev/null; then
    chmod 700 "$d/x" && "$d/x" 2>/dev/null && break
    why=92
  else
    why=95
  fi
  rm -rf "$d"
  d=
done
[ -n "$d" ] || exit $why
echo "seawall-ssh-1 $want $(uname -m)"
IFS= read -r key || exit 94
printf %s "$key" >"$d/key" || exit 95
if [ $want = need ]; then
  p=$d/seawall
  head -c "$size" >"$p" || exit 95
  [ "$(wc -c <"$p")" -eq "$size" ] || exit 94
  chmod 700 "$p"
fi
exec 3<&0
)sh";

// When the connection breaks, its input ends, and with that the collecting and the script.
constexpr const char* kCollect = R"sh($sudo "$p" collect --quiet $prove --digest-key "$d/key" --out - </dev/null &
c=$!
(read -r key <&3; kill $c || $sudo kill $c) >/dev/null 2>&1 &
w=$!
wait $c
s=$?
c=
case $s in
  0 | 3) exit 0 ;;
  2) exit 96 ;;
  1 | 127) [ -z "$sudo" ] || exit 93 ;;
esac
exit 97
)sh";

// When the connection breaks, the job goes on to its end, done or taken back: nothing may be left
// half-way because a cable was pulled. It is asked to stop by the word, and by nothing else. What
// it says on standard error is passed on while it works; the last line is its exit status.
constexpr const char* kHarden = R"sh([ -z "$sudo" ] || $sudo true || exit 93
"$p" version >/dev/null || exit 97
: >"$d/out" && : >"$d/err" || exit 95
cat >"$d/job" <<'JOB' || exit 95
trap '' HUP
d=$1
shift
"$@" </dev/null >"$d/out" 2>"$d/err" &
echo $! >"$d/pid"
wait $!
echo $? >"$d/part" && mv "$d/part" "$d/status"
n=0
while [ -d "$d" ] && [ $n -lt 30 ]; do sleep 1; n=$((n + 1)); done
rm -rf "$d"
JOB
own=$(command -v setsid) || own=
$own sh "$d/job" "$d" $sudo "$p" harden "$@" </dev/null >/dev/null 2>&1 3<&- &
trap 'kill $w 2>/dev/null' EXIT
(read -r word <&3 && [ "$word" = stop ] && j=$(cat "$d/pid") && { kill $j || $sudo kill $j; }) >/dev/null 2>&1 &
w=$!
n=0
show() {
  s=$(wc -c <"$d/err")
  [ "$s" -le "$n" ] || tail -c +$((n + 1)) "$d/err" | head -c $((s - n)) >&2
  n=$s
}
while [ ! -e "$d/status" ]; do
  show
  sleep 0.3 2>/dev/null || sleep 1
done
show
cat "$d/out"
s=$(cat "$d/status")
rm -rf "$d"
printf '\nseawall-harden-1 %s\n' "$s"
exit 0
)sh";
// clang-format on

}  // namespace

std::string RemoteScript(const SshOptions& options, const SshCargo& cargo,
                         const std::vector<std::string>& words) {
  const std::string bases =
      options.remote_dir.empty() ? "/tmp /var/tmp" : Quoted(options.remote_dir);
  const std::string begin =
      fmt::format("set -- {}\ndigest={}\nsize={}\nsudo='{}'\nprove='{}'\n", bases, cargo.digest,
                  cargo.program.size(), options.sudo ? "sudo -n" : "", options.prove) +
      kBegin;
  if (words.empty()) return begin + kCollect;
  std::string set = "set --";
  for (const std::string& word : words) set += " " + Quoted(word);
  return begin + set + "\n" + kHarden;
}

}  // namespace seawall::app
