#!/usr/bin/env bash
# check.sh DIR README: the packages in DIR, in a bare Debian 12: installed, used as people use them, purged. ./dev package --check
# runs it. As root, for a chroot; the network is for Debian's packages.
set -euo pipefail

say() { printf 'check.sh: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# Everything from here on is in a mount namespace of its own: what it mounts goes with it.
if [[ ${1:-} != --unshared ]]; then
  ((EUID == 0)) || fail "a chroot takes root"
  packages=$(realpath -- "$1") readme=$(realpath -- "$2")
  lintian --allow-root --fail-on error,warning "$packages"/*.changes || fail "lintian has found something"
  debian=$(mktemp -d "${TMPDIR:-/tmp}/logbuf-package.XXXXXX")
  trap 'rm -rf --one-file-system -- "$debian"' EXIT
  say "making a bare Debian 12 in $debian"
  timeout 900 debootstrap --variant=minbase bookworm "$debian" "${MIRROR:-http://deb.debian.org/debian}" >"$debian.log" ||
    { tail -n 20 "$debian.log" >&2; fail "debootstrap failed"; }
  rm -f -- "$debian.log"
  chmod 755 "$debian"  # it is everybody's /
  mkdir "$debian/packages"
  cp -- "$packages"/*.deb "$debian/packages"
  cp -r -- "$(dirname -- "$0")/../consumers" "$debian/packages"
  cp -- "$debian"/packages/consumers/main.c* "$debian/packages/consumers/cmake"
  for language in cpp python; do
    awk -v begin="^\`\`\`$language$" '$0 ~ begin { inside = 1; next } /^```$/ && inside { exit } inside' "$readme" >"$debian/packages/hello.$language"
  done
  timeout 900 unshare --mount --pid --ipc --fork --propagation private "$0" --unshared "$debian"
  exit 0
fi

debian=$2
mount -t proc proc "$debian/proc"
mount -t tmpfs tmpfs "$debian/dev/shm"
# What runs at a system's start does not run here.
inside() { chroot "$debian" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
apt() { inside apt-get -qq -o Acquire::Retries=3 --no-install-recommends --yes "$@" >"$debian/apt.log" 2>&1 || { cat "$debian/apt.log" >&2; return 1; }; }

# install PACKAGE...: ours from DIR, others from Debian.
install() {
  local each words=()
  for each; do
    [[ $each != *logbuf* ]] || each=/packages/$(basename -- "$debian/packages/$each"_*.deb)
    words+=("$each")
  done
  apt install "${words[@]}"
}

installs_and_does_not_start() {
  install logbuf || fail "it cannot be installed"
  inside getent passwd logbuf >/dev/null || fail "there is no user logbuf"
  [[ $(inside stat -c '%U:%G %a' /var/lib/logbuf) == "logbuf:logbuf 750" ]] || fail "/var/lib/logbuf is not as it should be"
  [[ -z $(find "$debian/etc/systemd" -name '*logbuf*') ]] || fail "the service would start by itself"
  [[ ! -e $debian/etc/logbuf/archiver.conf ]] || fail "there is a configuration that nobody has written"
  inside logbuf-archiver --config /etc/logbuf/archiver.conf.example --check-config || fail "the example is wrong"
  [[ -s $debian/lib/systemd/system/logbuf-archiver.service ]] || fail "there is no unit"
}

every_program_is_there() {
  local program count=0
  for program in $(inside dpkg -L logbuf | sed -n 's|^/usr/bin/||p'); do
    inside "$program" --version >/dev/null || fail "$program does not run"
    inside test -s "/usr/share/man/man1/$program.1.gz" || fail "$program has no manual page"
    [[ $program == logbuf ]] || inside logbuf "${program#logbuf-}" --help >/dev/null || fail "logbuf does not run $program"
    count=$((count + 1))
  done
  ((count >= 6)) || fail "$count programs are few"
}

records_go_to_disk() {
  inside logbuf-ctl create orders --capacity 1M --mode 0660 --group logbuf
  seq 1000 | inside logbuf-write orders
  # As the service does.
  inside setpriv --reuid=logbuf --regid=logbuf --init-groups logbuf-archiver --ring orders --dir /var/lib/logbuf --once ||
    fail "it is not archived"
  seq 1000 | cmp - <(inside logbuf-cat /var/lib/logbuf/orders) || fail "what was written is not what is archived"
  inside logbuf-archive verify /var/lib/logbuf/orders >/dev/null || fail "the archive is not sound"
  inside logbuf-ctl rm orders
}

programs_can_be_compiled() {
  local how
  install liblogbuf0 liblogbuf-dev g++ pkg-config cmake ninja-build || fail "liblogbuf-dev cannot be installed"
  # shellcheck disable=SC2016  # for the shell inside
  for how in 'g++ -std=c++23 hello.cpp -o hello $(pkg-config --cflags --libs logbuf)' \
    'g++ -std=c++23 hello.cpp -o hello $(pkg-config --cflags --libs --static logbuf | sed s/-llogbuf/-l:liblogbuf.a/)'; do
    inside sh -ec "cd /packages && $how" || fail "the README's example cannot be compiled: $how"
    [[ $(inside /packages/hello) == "5 bytes" ]] || fail "the README's example does not run: $how"
  done
  ! inside ldd /packages/hello | grep -q liblogbuf || fail "the static library is not used"
  for how in OFF ON; do
    inside sh -ec "cmake -G Ninja -S /packages/consumers/cmake -B /packages/cmake -DLOGBUF_USE_STATIC=$how; cmake --build /packages/cmake" \
      >"$debian/cmake.log" || fail "CMake cannot build with it (LOGBUF_USE_STATIC=$how): $(<"$debian/cmake.log")"
    inside sh -ec 'rm -rf /tmp/archive; /packages/cmake/consumer /tmp/archive; /packages/cmake/consumer-c /tmp/archive' ||
      fail "what CMake has built does not run (LOGBUF_USE_STATIC=$how)"
  done
}

python_has_a_module() {
  install liblogbuf0 python3-logbuf || fail "python3-logbuf cannot be installed"
  [[ $(inside python3 /packages/hello.python) == "3 b'order'" ]] || fail "the README's example in Python does not run"
  inside test -d /usr/lib/python3/dist-packages/logbuf/__pycache__ || fail "the module is not compiled"
}

purged() {
  apt purge "$@" || fail "it cannot be purged"
}

a_purge_leaves_the_archives_and_nothing_else() {
  local left
  purged logbuf liblogbuf0 liblogbuf-dev python3-logbuf
  grep -q 'holds archives' "$debian/apt.log" || fail "it is not said that archives stay"
  inside test -s /var/lib/logbuf/orders/LOCK || inside test -d /var/lib/logbuf/orders || fail "a purge has removed an archive"
  install logbuf liblogbuf0
  rm -r "$debian/var/lib/logbuf/orders"
  echo 'rings = *' >"$debian/etc/logbuf/archiver.conf"
  purged logbuf liblogbuf0
  left=$(cd "$debian" && find . -xdev -name '*logbuf*' -not -path './packages/*' -not -path './var/cache/*')
  left+=$(grep -rl logbuf --exclude='*-' --exclude='*-old' "$debian/etc" "$debian/var/lib/dpkg" "$debian/var/lib/systemd" || true)
  [[ -z $left ]] || fail "left behind by a purge: $left"
}

for step in installs_and_does_not_start every_program_is_there records_go_to_disk programs_can_be_compiled \
  python_has_a_module a_purge_leaves_the_archives_and_nothing_else; do
  say "${step//_/ }"
  "$step"
done
