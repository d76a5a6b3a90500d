#!/usr/bin/env bash
# The demonstration behind ./dev demo: demo.sh BUILD_DIRECTORY [LOG_DIRECTORY]
#
# Four writers send real logs, all at once, through one ring that is much smaller than the logs; the archiver
# takes the records to disk. Then each producer's records are compared with its log, byte for byte.
set -euo pipefail
export LC_ALL=C

ring=demo-$$
capacity=256K
enough_bytes=$((4 * 1024 * 1024)) # of each log, repeated as needed

die() {
  echo "demo: $*" >&2
  exit 1
}

if (($# < 1 || $# > 2)); then
  echo "usage: demo.sh BUILD_DIRECTORY [LOG_DIRECTORY] (./dev demo builds first, and gives the first)" >&2
  exit 2
fi
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
build=$1
logs=${2:-$root/../shared/data/loghub}

ctl=$build/tools/ctl/logbuf-ctl
writer=$build/tools/write/logbuf-write
archiver=$build/daemon/logbuf-archiver
reader=$build/tools/cat/logbuf-cat
for program in "$ctl" "$writer" "$archiver" "$reader"; do
  [[ -x $program ]] || die "$program was not built"
done

directory=$(mktemp -d "${TMPDIR:-/tmp}/logbuf-demo.XXXXXX")
archive=$directory/archive/$ring
running=() # process ids
ring_made=false

cleanup() {
  local pid
  trap - EXIT
  for pid in "${running[@]}"; do
    kill "$pid" 2>/dev/null || true
  done
  wait
  if $ring_made; then
    "$ctl" rm --force "$ring" || true
  fi
  rm -rf -- "$directory"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# --- four logs --------------------------------------------------------------------------------------------------

names=()
declare -A origin

# add_log FILE: as one more source, unless there are four, or it is of no use.
add_log() {
  local file=$1 name copy
  ((${#names[@]} < 4)) || return 0
  [[ -f $file && -r $file && -s $file ]] || return 0
  name=$(basename -- "$file")
  name=${name%%.*}
  name=${name%_2k}
  name=${name:-log}
  [[ -z ${origin[$name]:-} ]] || return 0
  copy=$directory/$name.log
  : >"$copy"
  while (($(stat -c %s -- "$copy") < enough_bytes)); do
    cat -- "$file" >>"$copy"
  done
  # What must arrive: every line but the empty ones.
  grep -av '^$' "$copy" >"$directory/$name.expected" || return 0
  names+=("$name")
  origin[$name]=$file
}

for file in "$logs"/*.log /var/log/dpkg.log "$build"/meson-logs/*.txt "$build"/build.ninja \
  "$build"/compile_commands.json "$build"/meson-info/*.json /var/log/*.log; do
  add_log "$file"
done
((${#names[@]} == 4)) || die "found ${#names[@]} logs, four are needed: give a directory with *.log files"

# --- through the ring -------------------------------------------------------------------------------------------

echo "Four logs go through a ring of $capacity into an archive:"
for name in "${names[@]}"; do
  printf '  %-16s %s, repeated to %s bytes\n' "$name" "${origin[$name]}" "$(stat -c %s "$directory/$name.log")"
done

# In hundredths of a second.
now() { echo $((${EPOCHREALTIME/./} / 10000)); }

"$ctl" create "$ring" --capacity "$capacity"
ring_made=true
began=$(now)
"$archiver" --ring "$ring" --dir "$directory/archive" 2>"$directory/archiver.err" &
archiver_pid=$!
running=("$archiver_pid")
for name in "${names[@]}"; do
  "$writer" "$ring" "$directory/$name.log" --name "$name" --verbose 2>"$directory/$name.err" &
  running+=($!)
done

say_all() { cat -- "$directory"/*.err >&2; }

# The writers end by themselves; the archiver ends when it is told to, and then has everything on disk.
for ((left = 4; left > 0; left--)); do
  status=0
  wait -n -p ended "${running[@]}" || status=$?
  if ((status != 0)) || [[ $ended == "$archiver_pid" ]]; then
    say_all
    die "a program ended too early (exit status $status)"
  fi
  for i in "${!running[@]}"; do
    [[ ${running[i]} != "$ended" ]] || unset 'running[i]'
  done
done
kill -TERM "$archiver_pid"
wait "$archiver_pid" || {
  say_all
  die "the archiver failed"
}
running=()
hundredths=$(($(now) - began))
((hundredths > 0)) || hundredths=1

# --- what arrived -----------------------------------------------------------------------------------------------

printf '\nThe last records in the archive (logbuf-cat -n 4):\n'
"$reader" -n 4 "$archive" | cut -c 1-110 | sed 's/^/  /'

printf '\n%-16s %10s %12s   %s\n' producer records bytes "compared with its log"
all_records=0
all_bytes=0
lost=0
differing=0
for name in "${names[@]}"; do
  arrived=$directory/$name.arrived
  "$reader" -p "$name" "$archive" >"$arrived"
  wanted=$(wc -l <"$directory/$name.expected")
  records=$(wc -l <"$arrived")
  bytes=$(($(stat -c %s "$arrived") - records))
  verdict="the same, byte for byte"
  if ! cmp "$arrived" "$directory/$name.expected" >&2; then
    verdict=DIFFERS
    differing=$((differing + 1))
  fi
  printf '%-16s %10d %12d   %s\n' "$name" "$records" "$bytes" "$verdict"
  all_records=$((all_records + records))
  all_bytes=$((all_bytes + bytes))
  lost=$((lost + wanted - records))
done
printf '%-16s %10d %12d   in %d.%02d s\n' all "$all_records" "$all_bytes" \
  $((hundredths / 100)) $((hundredths % 100))
printf '%-16s %d records/s, %d MiB/s; lost %d\n' rate $((all_records * 100 / hundredths)) \
  $((all_bytes * 100 / hundredths / 1024 / 1024)) "$lost"

((differing == 0 && lost == 0)) || die "the archive is not what was written"
