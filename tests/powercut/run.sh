#!/usr/bin/env bash
# Cuts the power of a machine that archives: run.sh BUILD [--cuts N] [--minutes N] [--seed S]. See
# docs/design/crash-safety.md. BUILD has the programs; the guest's kernel is kept in BUILD/guest, or comes from
# KERNEL_DEB=FILE. N cuts in six rounds, or rounds of as many cuts for so many minutes. The seed decides which moments of
# a log are tried, not what the guest does. Exit code 77: this machine cannot have such a guest.
#
# Each round boots a guest twice. The first one archives until its QEMU is killed, on a disk whose every write and flush
# QEMU writes down. The second one makes of that log what the disk would have had at each of many moments, and looks.
set -euo pipefail
shopt -s inherit_errexit

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
PATH=$PATH:/usr/sbin:/sbin

usage() {
  echo 'usage: run.sh BUILD [--cuts N] [--minutes N] [--seed S]' >&2
  exit 2
}

# Nothing failed, and nothing was tried.
cannot() {
  printf 'powercut: %s\n' "$*" >&2
  exit 77
}

is_number() { [[ $1 =~ ^[1-9][0-9]{0,8}$ ]]; }

(($# > 0)) || usage
build=$1
shift
cuts=120 minutes='' seed=$((RANDOM * 32768 + RANDOM + 1))
while (($# > 0)); do
  if (($# < 2)) || ! is_number "$2"; then usage; fi
  case $1 in
    --cuts) cuts=$2 ;;
    --minutes) minutes=$2 ;;
    --seed) seed=$2 ;;
    *) usage ;;
  esac
  shift 2
done

programs=(daemon/logbuf-archiver tools/ctl/logbuf-ctl tools/archive/logbuf-archive tests/powercut/powercut-audit
  tests/powercut/powercut-producer tests/powercut/powercut-replay)
modules=(drivers/block/virtio_blk drivers/block/loop drivers/virtio/virtio drivers/virtio/virtio_ring
  drivers/virtio/virtio_pci drivers/virtio/virtio_pci_legacy_dev drivers/virtio/virtio_pci_modern_dev)
# ext4's mode, --sync, --compress, --rotate-age: one a round.
settings=('ordered batch none 1h' 'ordered interval=50ms lz4 1h' 'writeback batch zstd 200ms'
  'writeback interval=50ms none 200ms' 'ordered none lz4 100ms' 'writeback none none 100ms')
disk_mb=40             # of the file system
record_seconds=6       # until the power goes, where the log is long enough then
record_most_seconds=90
log_least_mb=2
log_most_mb=48
trial_seconds=10       # for a guest to boot with KVM
answer_seconds=180     # more than a guest is ever silent, also without KVM
guest=$build/guest
qemu=0
failures=0

work=$(mktemp -d "${TMPDIR:-/tmp}/logbuf-powercut.XXXXXX")
end() {
  ((qemu == 0)) || kill -KILL "$qemu" 2>/dev/null || true
  if ((failures == 0)); then
    rm -rf -- "$work"
  else
    echo "what there was is kept in $work; the disk of cut C of round R, seed S:"
    echo "$build/tests/powercut/powercut-replay $work/base $work/log \$((S + R)) C IMAGE ACKNOWLEDGED"
  fi
}
trap end EXIT
trap 'exit 130' INT TERM

# --- what the guest is made of ----------------------------------------------------------------------------------

find_tools() {
  local tool program
  for program in "${programs[@]}"; do
    [[ -x $build/$program ]] ||
      cannot "$build/$program was not built: is the build configured with -Dtests=false? (./dev clean, then again)"
  done
  [[ $(uname -m) == x86_64 ]] || cannot "the guest is an x86_64; this machine is not"
  for tool in qemu-system-x86_64 busybox cpio mkfs.ext4 dpkg-deb; do
    command -v "$tool" >/dev/null ||
      cannot "$tool was not found; needed: qemu-system-x86 busybox-static cpio e2fsprogs dpkg"
  done
  if qemu-system-x86_64 -machine none -nodefaults -display none -blockdev driver=blklogwrites,node-name=log 2>&1 </dev/null |
    grep -Eq "Unknown driver|does not accept value"; then
    cannot "this QEMU cannot write down what a disk is asked: it has no blklogwrites"
  fi
}

# Debian's kernel for virtual machines, unpacked: nothing of it is installed on this machine.
find_kernel() {
  local package
  if [[ -z ${KERNEL_DEB:-} && ! -e $guest/kernel/boot ]]; then
    package=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p') ||
      true
    if [[ -z $package ]] || ! (cd -- "$guest" && apt-get -qq download "$package" >"$work/download.log" 2>&1); then
      cannot "no kernel for the guest: apt-get download ${package:-linux-image-cloud-amd64} failed" \
        "(apt-get update may help; or KERNEL_DEB=FILE, that package from elsewhere)"
    fi
    KERNEL_DEB=$(echo "$guest/$package"_*.deb)
  fi
  if [[ -n ${KERNEL_DEB:-} ]]; then
    rm -rf -- "$guest/kernel"
    dpkg-deb -x "$KERNEL_DEB" "$guest/kernel.new" || cannot "$KERNEL_DEB cannot be unpacked"
    mv -- "$guest/kernel.new" "$guest/kernel"
  fi
  kernel=$(echo "$guest"/kernel/boot/vmlinuz-*)
  release=${kernel##*/vmlinuz-}
}

make_initramfs() {
  local root=$work/initramfs program library module
  mkdir -p -- "$root"/{bin,dev,proc,sys} "$root/lib/modules/$release"
  for program in "${programs[@]}"; do
    install -m 755 -- "$build/$program" "$root/bin/"
  done
  while read -r library; do
    install -D -m 755 -- "$library" "$root$library"
  done < <(ldd "${programs[@]/#/$build/}" | grep -o '/lib[^ ]*\.so[^ ]*' | sort -u)
  install -m 755 -- "$(command -v busybox)" "$root/bin/busybox"
  install -m 755 -- "$here/guest.sh" "$root/init"
  while read -r program; do
    [[ $program == busybox ]] || ln -s busybox "$root/bin/$program"
  done < <(busybox --list)
  for module in "${modules[@]}"; do
    install -D -m 644 -t "$root/lib/modules/$release" -- "$guest/kernel/lib/modules/$release/kernel/$module.ko"
  done
  busybox depmod -b "$root" "$release"
  (cd -- "$root" && find . | cpio --quiet -o -H newc -R 0:0) >"$work/initramfs.img"
}

# --- a guest ----------------------------------------------------------------------------------------------------

# boot "NAME=VALUE..." QEMU-ARGUMENT...: its words come out of descriptor 3.
boot() {
  local what=$1
  shift
  rm -f -- "$work/console"
  mkfifo -- "$work/console"
  qemu-system-x86_64 "${accelerator[@]}" -m 512 -smp 1 -nodefaults -display none -no-reboot -serial stdio \
    -kernel "$kernel" -initrd "$work/initramfs.img" -append "console=ttyS0 loglevel=3 panic=-1 nokaslr mitigations=off $what" "$@" \
    </dev/null >"$work/console" 2>&1 &
  qemu=$!
  exec 3<"$work/console"
}

# KVM where it works: some machines have one that no guest gets through its boot with.
find_accelerator() {
  local deadline=$((SECONDS + trial_seconds))
  if [[ -r /dev/kvm && -w /dev/kvm ]]; then
    accelerator=(-accel kvm -cpu host)
    boot STAGE=none
    while ((SECONDS < deadline)); do
      hear 1 || continue
      [[ $line != 'powercut: up' ]] || { cut_power; return; }
    done
    cut_power
  fi
  echo "no KVM that works here: the guests are emulated, which takes longer"
  accelerator=(-accel tcg -cpu max)
}

# hear SECONDS: the next line, without its carriage return; false at the end, and where none comes.
hear() {
  IFS= read -r -t "$1" line <&3 || return 1
  line=${line%$'\r'}
  printf '%s\n' "$line" >>"$work/console.log"
}

cut_power() {
  ((qemu != 0)) || return 0
  kill -KILL "$qemu" 2>/dev/null || true
  wait "$qemu" 2>/dev/null || true
  qemu=0
  exec 3<&-
}

fails() {
  failures=$((failures + 1))
  printf '%s\n' "$*"
}

no_end_of() {
  cut_power
  fails "the guest did not $1; its last words:"
  tail -n 20 "$work/console.log" 2>/dev/null || true
}

# --- a round ----------------------------------------------------------------------------------------------------

# A file system in the midst of old bytes that are no zeros, and behind it the room for acknowledgements.
make_disk() {
  head -c $((disk_mb << 20)) /dev/urandom >"$work/base"
  mkfs.ext4 -q -F -b 4096 -J size=4 -E nodiscard,lazy_itable_init=0,lazy_journal_init=0 "$work/base" $((disk_mb * 256)) \
    >"$work/mkfs.log" 2>&1 || cannot "mkfs.ext4 failed: $(tail -n 1 "$work/mkfs.log")"
  truncate -s +64K "$work/base"
  cp -- "$work/base" "$work/disk"
  : >"$work/log"
}

# The disk has a cache, and blocks of 4096 bytes. What this machine does with its own files is nobody's concern here.
record() {
  local began
  boot "STAGE=record $1" \
    -blockdev "driver=blklogwrites,node-name=disk,log-sector-size=512,log-super-update-interval=1,\
file.driver=file,file.filename=$work/disk,file.cache.no-flush=on,\
log.driver=file,log.filename=$work/log,log.cache.no-flush=on" \
    -device virtio-blk-pci,drive=disk,write-cache=on,logical_block_size=4096,physical_block_size=4096
  while hear "$answer_seconds"; do
    [[ $line != 'powercut: recording' ]] || break
  done
  [[ $line == 'powercut: recording' ]] || { no_end_of "begin"; return; }
  began=$SECONDS
  until is_recorded $((SECONDS - began)); do
    kill -0 "$qemu" 2>/dev/null || { no_end_of "go on"; return; }
    hear 0.2 || continue
    [[ $line != 'powercut: FAILED'* ]] || fails "${line#powercut: }"
  done
  cut_power
}

log_mb() { echo $(($(stat -c %s -- "$work/log") >> 20)); }

is_recorded() {
  local seconds=$1 mb
  mb=$(log_mb)
  ((mb >= log_most_mb || seconds >= record_most_seconds || (seconds >= record_seconds && mb >= log_least_mb)))
}

check() {
  local checked=0
  boot "STAGE=check $1" \
    -blockdev "driver=file,node-name=base,filename=$work/base,read-only=on" \
    -device virtio-blk-pci,drive=base \
    -blockdev "driver=file,node-name=log,filename=$work/log,read-only=on" \
    -device virtio-blk-pci,drive=log
  while hear "$answer_seconds"; do
    case $line in
      'powercut: audit '*) count_audit "$line" ;;
      'powercut: checked') checked=1 ;;
      'powercut: FAILED'*) fails "${line#powercut: }" ;;
      'powercut:   '*) printf '%s\n' "${line#powercut: }" ;;
    esac
  done
  cut_power
  ((checked == 1)) || no_end_of "come to an end"
}

count_audit() {
  if [[ $1 =~ :\ ([0-9]+)\ acknowledged,\ ([0-9]+)\ archived,\ ([0-9]+)\ lost,\ ([0-9]+)\ wrong,\ ([0-9]+)\ bytes\ torn ]]; then
    audited=$((audited + 1))
    acknowledged=$((acknowledged + BASH_REMATCH[1]))
    lost=$((lost + BASH_REMATCH[3]))
    wrong=$((wrong + BASH_REMATCH[4]))
    ((BASH_REMATCH[5] == 0)) || torn=$((torn + 1))
  fi
}

round() {
  local number=$1 count=$2 setting acknowledged_before=$acknowledged lost_before=$lost wrong_before=$wrong began=$SECONDS
  read -ra setting <<<"${settings[number % ${#settings[@]}]}"
  local environment="DATA=${setting[0]} SYNC=${setting[1]} COMPRESS=${setting[2]} ROTATE_AGE=${setting[3]}"
  make_disk
  record "$environment"
  ((failures > 0)) || check "$environment SEED=$((seed + number)) FIRST=0 CUTS=$count"
  printf 'round %d: data=%s, --sync %s, --compress %s, --rotate-age %s, log of %d MB; %d cuts: %d acknowledged, %d lost, %d wrong; %d s\n' \
    "$number" "${setting[@]}" "$(log_mb)" "$count" $((acknowledged - acknowledged_before)) \
    $((lost - lost_before)) $((wrong - wrong_before)) $((SECONDS - began))
}

audited=0 acknowledged=0 lost=0 wrong=0 torn=0
echo "seed $seed"
mkdir -p -- "$guest"
find_tools
find_kernel
make_initramfs
find_accelerator
count=$(((cuts + ${#settings[@]} - 1) / ${#settings[@]}))
for ((number = 0; failures == 0; number++)); do
  if [[ -n $minutes ]]; then
    ((SECONDS < minutes * 60)) || break
  elif ((number == ${#settings[@]})); then
    break
  fi
  round "$number" "$count"
done
((acknowledged > 0)) || fails "nothing was acknowledged in any round: nothing was tried"
printf '%d power cuts, %d of them with a torn end; %d records acknowledged before them, %d lost; %d wrong\n' \
  "$audited" "$torn" "$acknowledged" "$lost" "$wrong"
((failures == 0))
