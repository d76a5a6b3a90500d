#!/usr/bin/env bash
# Debian's packages for arm64, unpacked where the cross compiler and qemu look for libraries: sysroot.sh DIR PACKAGE...
# DIR is made, or left as it is where it has been made of the same packages; DIR/place.ini tells meson where it is. Nothing on
# the machine changes, and no root is needed: apt gets lists and a list of installed packages of its own, and installs nothing.
set -euo pipefail

(($# > 1)) || { echo 'usage: sysroot.sh DIR PACKAGE...' >&2; exit 2; }
sysroot=$1
shift
triple=aarch64-linux-gnu
made_of="$sysroot $*"
[[ ! -f $sysroot/.made_of || $(<"$sysroot/.made_of") != "$made_of" ]] || exit 0

new=$sysroot.new
rm -rf -- "$new"
mkdir -p -- "$new"/{apt/lists/partial,apt/archives/partial,root/usr/include}
trap 'rm -rf -- "$new"' EXIT

# From where this machine has its own, if it says so.
read -r site suite < <(apt-cache policy libisal-dev 2>/dev/null |
  sed -n 's|^ *[0-9]* \(http[^ ]*\) \([a-z]*\)/main .*|\1 \2|p' | head -n 1) || true
keys=/usr/share/keyrings/debian-archive-keyring.gpg
trusted=
[[ ! -f $keys ]] || trusted="[signed-by=$keys] "
echo "deb $trusted${site:-http://deb.debian.org/debian} ${suite:-bookworm} main" >"$new/apt/sources.list"
touch "$new/apt/status"

arm64_apt() {
  apt-get -qq -o Acquire::Retries=3 -o APT::Architecture=arm64 -o APT::Architectures::=arm64 -o APT::Sandbox::User=root \
    -o "Dir::Etc::sourcelist=$new/apt/sources.list" -o Dir::Etc::sourceparts=- \
    -o "Dir::State=$new/apt" -o "Dir::State::status=$new/apt/status" -o "Dir::Cache=$new/apt" "$@"
}
arm64_apt update
(cd -- "$new/apt/archives" && arm64_apt download "$@")
for package in "$new"/apt/archives/*.deb; do
  dpkg-deb -x "$package" "$new/root"
done

# What only static linking asks for is not there.
sed -i '/^Requires.private:/d' "$new/root/usr/lib/$triple"/pkgconfig/*.pc
# Where programs look for the C and the C++ library, which come with the cross compiler. The packages' own libraries are
# found in usr/lib.
[[ ! -d $new/root/lib ]] || { cp -a -- "$new/root/lib/." "$new/root/usr/lib/" && rm -r -- "$new/root/lib"; }
ln -s "/usr/$triple/lib" "$new/root/lib"
# Headers alone: the same for every processor.
for headers in boost doctest nlohmann; do
  ln -s "/usr/include/$headers" "$new/root/usr/include/$headers"
done
mkdir -p -- "$new/root/usr/share/pkgconfig"
ln -s /usr/share/pkgconfig/nlohmann_json.pc "$new/root/usr/share/pkgconfig/"

printf '[constants]\nsysroot = %s\n' "'$sysroot'" >"$new/root/place.ini"
echo "$made_of" >"$new/root/.made_of"
rm -rf -- "$sysroot"
mv -- "$new/root" "$sysroot"
