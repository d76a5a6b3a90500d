#!/bin/busybox sh
# shellcheck shell=dash
# The guest's first process. The kernel's command line says what to do, as NAME=VALUE:
#
#   STAGE=none    nothing: can this machine have a guest at all?
#   STAGE=record  /dev/vda is the archive's disk: ring, producers and archivers at work until the power goes
#   STAGE=check   /dev/vda is the disk as it was before, /dev/vdb the log of what it was asked: for CUTS cuts from
#                 FIRST on, what the disk then has is mounted and looked at, and a successor goes on with the archive
#
# DATA is ext4's mode; SYNC, COMPRESS and ROTATE_AGE are the archiver's. What is for the host begins with "powercut: ".
set -u
export PATH=/bin

ring=powercut
archive=/archive/$ring
successor=9 # its author
successors_records=50

say() { echo "powercut: $*"; }

# try CUT WHAT COMMAND...: tells the host where it fails, and what it said.
try() {
  local cut=$1 what=$2
  shift 2
  "$@" >/tmp/said 2>&1 && return
  say "FAILED cut $cut: $what"
  sed 's/^/powercut:   /' /tmp/said
  return 1
}

begin() {
  mount -t proc proc /proc
  mount -t devtmpfs dev /dev
  mkdir -p /dev/shm /tmp /archive
  mount -t tmpfs shm /dev/shm
  mount -t tmpfs -o size=300m tmp /tmp
  modprobe virtio_pci && modprobe virtio_blk && modprobe loop
}

become_archiver() {
  exec logbuf-archiver --ring $ring --dir /archive --sync "$SYNC" --compress "$COMPRESS" --rotate-size 32K \
    --rotate-age "$ROTATE_AGE" "$@"
}

produce() {
  powercut-producer $ring "$1" "$2" /dev/vda || say "FAILED: producer $1 has ended"
}

# Archivers are killed too, so that their successors find what was written and is not durable.
record() {
  mount -t ext4 -o "data=$DATA" /dev/vda /archive || return
  logbuf-ctl create $ring --capacity 1M || return
  produce 1 1 &
  produce 2 8 &
  produce 3 64 &
  say recording
  while :; do
    for life_us in 300000 1700000 50000 900000 2500000; do
      become_archiver &
      usleep $life_us
      kill -9 $! || say "FAILED: the archiver has ended"
      wait $!
    done
  done
}

go_on_with_archive() {
  logbuf-ctl create $ring --capacity 1M && powercut-producer $ring $successor $successors_records &&
    (become_archiver --once) && logbuf-ctl rm $ring
}

look_and_go_on() {
  local cut=$1 sound
  try "$cut" "the archive" powercut-audit $archive /tmp/acknowledged
  sound=$?
  say "audit $cut: $(tail -n 1 /tmp/said)"
  [ $sound = 0 ] || return
  # Without any file in it, it is not an archive yet.
  [ -z "$(ls -A $archive 2>/dev/null)" ] || try "$cut" "logbuf-archive verify" logbuf-archive verify $archive || return
  try "$cut" "its successor" go_on_with_archive || return
  try "$cut" "the archive behind its successor" powercut-audit $archive /tmp/acknowledged $successor $successors_records ||
    return
  try "$cut" "logbuf-archive verify, behind its successor" logbuf-archive verify $archive
}

check() {
  local cut=$1
  try "$cut" "there is no image" powercut-replay /dev/vda /dev/vdb "$SEED" "$cut" /tmp/image /tmp/acknowledged || return
  say "cut $cut: $(cat /tmp/said)"
  try "$cut" "its file system" mount -t ext4 -o "loop,data=$DATA" /tmp/image /archive || return
  look_and_go_on "$cut"
  umount /archive
  rm -f /tmp/image "/dev/shm/"*
}

begin || say "FAILED: no disks"
say up
case $STAGE in
  record) record ;;
  check)
    cut=$FIRST
    while [ "$cut" -lt $((FIRST + CUTS)) ]; do
      check "$cut"
      cut=$((cut + 1))
    done
    say "checked"
    ;;
esac
poweroff -f
