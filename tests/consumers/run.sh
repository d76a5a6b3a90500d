#!/usr/bin/env bash
# run.sh headers|pkgconfig|cmake|subproject SOURCE BUILD PREFIX LIBDIR VERSION: installs what BUILD holds somewhere else than under
# its PREFIX, and builds and runs somebody's project that finds it there.
set -euo pipefail

way=$1 source=$2 build=$3 prefix=$4 libdir=$5 version=$6
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/logbuf-consumer.XXXXXX")
trap 'rm -rf -- "$scratch"' EXIT
installed=$scratch/system$prefix
# What is not installed is not to be found.
unset LD_LIBRARY_PATH LIBRARY_PATH CPATH CPLUS_INCLUDE_PATH

fail() { printf '%s\n' "$*"; exit 1; }
# quietly COMMAND...: what it says only where it fails.
quietly() { "$@" >"$scratch/log" 2>&1 || { cat -- "$scratch/log"; fail "failed: $*"; }; }
has() { command -v "$1" >/dev/null || { echo "$1 is not installed"; exit 77; }; }

# runs DIR shared|static WHERE [PROGRAM...]: the programs there do what they should, with the library that they should have.
runs() {
  local program library programs=("${@:4}")
  ((${#programs[@]} > 0)) || { programs=(consumer consumer-c); rm -rf -- "$scratch/archive"; }
  for program in "${programs[@]/#/$1/}"; do
    library=$(ldd "$program" | sed -n 's/.*liblogbuf\.so\.[0-9]* => \([^ ]*\) .*/\1/p')
    case $2 in
      static) [[ -z $library ]] || fail "$program has $library, and should have none" ;;
      shared) [[ $(realpath -- "$library") == "$(realpath -- "$3")"/* ]] || fail "$program has '$library', which is not in $3" ;;
    esac
    "$program" "$scratch/archive" || fail "$program ($2) failed"
  done
}

headers() {
  local header alone failed=0
  cd -- "$installed/include"
  # Each by itself, but for those that a source of the library begins with: these are compiled so already, and are in logbuf.hpp.
  alone=$(grep -rhm1 --include='*.cpp' '^#include' "$source/lib/src")
  # With the warnings of whoever is strict, to whom they are no system headers.
  local strict=(-fsyntax-only -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -I.)
  for header in logbuf/*.hpp; do
    [[ $alone != *"<$header>"* ]] || continue
    [[ $header != */spdlog_sink.hpp ]] || pkg-config --exists spdlog || continue
    $CXX -std=c++23 "${strict[@]}" -x c++ -include "$header" /dev/null || { echo "$header"; failed=1; }
  done
  for header in logbuf/*.h logbuf/c/*.h; do
    $CC -std=c99 "${strict[@]}" -x c -include "$header" /dev/null || { echo "$header"; failed=1; }
  done
  [[ -n $header && $failed == 0 ]]
}

pkgconfig() {
  has make
  export PKG_CONFIG_PATH=$installed/$libdir/pkgconfig PKG_CONFIG_SYSROOT_DIR=$scratch/system
  [[ $(pkg-config --modversion logbuf) == "$version" ]] || fail "it is not this version"
  quietly make -C "$scratch/pkgconfig"
  LD_LIBRARY_PATH=$installed/$libdir runs "$scratch/pkgconfig" shared "$installed"
  rm -f -- "$scratch"/pkgconfig/consumer{,-c}
  quietly make -C "$scratch/pkgconfig" STATIC=1
  runs "$scratch/pkgconfig" static
}

cmake_() {
  has cmake
  local kind project static
  cmake -DFILE="$installed/$libdir/cmake/logbuf/logbufConfigVersion.cmake" -DVERSION="$version" -P "$here/cmake/versions.cmake"
  for static in OFF ON; do
    for project in . only_c; do
      quietly cmake -G Ninja -S "$scratch/cmake/$project" -B "$scratch/build/$project" -DCMAKE_PREFIX_PATH="$installed" \
        -DLOGBUF_USE_STATIC=$static
      quietly cmake --build "$scratch/build/$project"
    done
    if [[ $static == OFF ]]; then kind=shared; else kind=static; fi
    runs "$scratch/build" $kind "$installed"
    runs "$scratch/build/only_c" $kind "$installed" consumer-c
  done
}

# With logbuf in it; and without, where it finds the installed one.
subproject() {
  local kind
  mkdir "$scratch/subproject/subprojects"
  ln -s -- "$source" "$scratch/subproject/subprojects/logbuf"
  quietly meson setup "$scratch/build" "$scratch/subproject" --wrap-mode=forcefallback -Dbuildtype=plain -Doptimization=0 \
    -Dunity=subprojects -Dunity_size=1000
  for kind in any shared static; do
    quietly meson configure "$scratch/build" -Dkind=$kind
    quietly ninja -C "$scratch/build"
    if [[ $kind == shared ]]; then runs "$scratch/build" shared "$scratch/build"; else runs "$scratch/build" static; fi
  done
  [[ ! -e $scratch/build/subprojects/logbuf/tools ]] || fail "the subproject has built programs"

  rm -r -- "$scratch/build" "$scratch/subproject/subprojects"
  export PKG_CONFIG_PATH=$installed/$libdir/pkgconfig PKG_CONFIG_SYSROOT_DIR=$scratch/system
  quietly meson setup "$scratch/build" "$scratch/subproject" -Dbuildtype=plain
  for kind in any static; do
    quietly meson configure "$scratch/build" -Dkind=$kind
    quietly ninja -C "$scratch/build"
    if [[ $kind == any ]]; then runs "$scratch/build" shared "$installed"; else runs "$scratch/build" static; fi
  done
}

quietly meson install -C "$build" --no-rebuild --destdir "$scratch/system"
[[ $way == headers ]] || { cp -r -- "$here/$way" "$scratch/$way"; cp -- "$here"/main.c* "$scratch/$way"; }
case $way in
  headers | pkgconfig | subproject) "$way" ;;
  cmake) cmake_ ;;
  *) fail "there is no way '$way'" ;;
esac
