#!/usr/bin/env bash
# The pictures behind ./dev pictures: make.sh BUILD_DIRECTORY
#
# Programs, rings and records are real, and so is the terminal, which is tmux; termtosvg draws what it shows. All rings
# are in a /dev/shm of this script's own.
set -euo pipefail
export LC_ALL=C.UTF-8

columns=100

die() {
  echo "pictures: $*" >&2
  exit 1
}

(($# == 1)) || die "usage: make.sh BUILD_DIRECTORY (./dev pictures builds first, and gives it)"
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
build=$(cd -- "$1" && pwd -P)
if [[ -z ${LOGBUF_OWN_SHM:-} ]]; then
  LOGBUF_OWN_SHM=1 exec unshare --user --map-root-user --mount --pid --fork --kill-child --mount-proc "${BASH_SOURCE[0]}" "$build"
fi
mount -t tmpfs -o size=64m tmpfs /dev/shm
# What is in it ends with this script, and nobody else sees it: the first process of a pid namespace takes all with it.
export PATH=$build/bin:$PATH
directory=$(mktemp -d "${TMPDIR:-/tmp}/logbuf-pictures.XXXXXX")
trap 'rm -rf -- "$directory"' EXIT
cd -- "$directory"
export TMUX_TMPDIR=$directory

# --- what is to be seen -------------------------------------------------------------------------------------------

# feed RING PRODUCER BATCH PAUSE LINE: a batch of lines, again and again, with their number for the #.
feed() {
  local ring=$1 name=$2 batch=$3 pause=$4 line=$5 number=0 i
  while sleep "$pause"; do
    for ((i = 0; i < batch; ++i, ++number)); do
      printf '%s\n' "${line/\#/$number}"
    done
  done | logbuf-write "$ring" --name "$name" --on-full drop 2>/dev/null
}

make_rings() {
  local ring
  for ring in audit orders payments trades; do
    logbuf-ctl create "$ring" --capacity 256K --timestamps
  done
  logbuf-ctl create metrics --capacity 16K
  logbuf-archiver --ring audit --ring orders --ring payments --dir archive --sync interval=500ms 2>/dev/null &
  logbuf-archiver --ring trades --dir archive 2>/dev/null &
  local killed=$!
  feed orders checkout-1 200 0.02 'order # accepted: 3 items, 54.90 EUR' &
  feed orders checkout-2 90 0.02 'order # accepted: 1 item, 12.50 EUR' &
  feed orders returns 1 0.2 'return # refused: seal broken' &
  feed payments gateway 40 0.05 'payment # captured' &
  feed audit login 1 0.3 'login of user #' &
  feed metrics probe 20 0.1 'cpu.load #' &
  feed trades matcher 25 0.1 'trade #: 100 @ 17.35' &
  sleep 2
  kill -KILL "$killed"
  wait "$killed" 2>/dev/null || true
}

# --- from a terminal to a picture ---------------------------------------------------------------------------------

terminal() { tmux -u -L pictures -f /dev/null "$@"; }

# begin ROWS COMMAND
begin() {
  terminal new-session -d -x "$columns" -y "$1" "env TERM=screen-256color bash -c '$2; sleep 600'"
}

# wait_for TEXT: until it is on the screen.
wait_for() {
  local tries
  for ((tries = 0; tries < 300; ++tries)); do
    # Not through a pipe to grep -q, which may leave tmux without a reader: under pipefail that is a failure.
    if [[ $(terminal capture-pane -p) == *"$1"* ]]; then
      return
    fi
    sleep 0.1
  done
  die "this does not come: $1"
}

# picture NAME ROWS: what the terminal shows now; then the terminal ends.
picture() {
  terminal capture-pane -p -e -N >screen
  terminal kill-server
  {
    printf '{"version": 2, "width": %d, "height": %d}\n' "$columns" "$2"
    jq --raw-input --slurp --compact-output '[0, "o", "\u001b[?25l" + (rtrimstr("\n") | gsub("\n"; "\r\n"))]' screen
  } >screen.cast
  mkdir "$1"
  termtosvg render screen.cast "$1" --still-frames --template gjm8 >/dev/null
  # Also for what knows nothing of white-space: pre.
  sed '1s/<svg /<svg xml:space="preserve" /' "$(find "$1" -name '*.svg' | sort | tail -n 1)" >"$here/$1.svg"
  echo "pictures: $here/$1.svg" >&2
}

make_rings
begin 15 'logbuf-stat'
wait_for '!dead consumer'
terminal send-keys j j
wait_for '>orders'
sleep 3 # for rates that have settled
picture stat 15

begin 20 '
  say() { printf "\$ %s\n" "$*"; eval "$@"; echo; }
  clear
  say "logbuf-cat -n 4 --time iso --utc archive/orders"
  say "logbuf-cat -p returns -g seal -n 3 --time delta archive/orders"
  say "logbuf-cat -n 2 --hex trades"
  printf "\$ "'
wait_for '|trade'
sleep 1
picture cat 20
