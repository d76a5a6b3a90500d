#!/bin/sh
# make.sh DIR: writes the library's documentation into DIR/html.
# make.sh --check: writes it elsewhere, and fails where Doxygen warns or a public symbol has no comment.
set -eu
cd -- "$(dirname -- "$0")/../.."
export LC_ALL=C.UTF-8
check=
dir=$1
if [ "$dir" = --check ]; then
  command -v doxygen >/dev/null || { echo "skipped: there is no doxygen"; exit 77; }
  check=yes
  dir=$(mktemp -d "${TMPDIR:-/tmp}/logbuf-api.XXXXXX")
  trap 'rm -rf -- "$dir"' EXIT
fi
# Each example is a page, too.
(cd docs/examples && printf '/** \\example %s */\n' *.c *.cpp) >"$dir/examples.dox"
{
  cat docs/api/Doxyfile
  echo "INPUT += \"$dir/examples.dox\""
  echo "PROJECT_NUMBER = $(sed -n "s/^  version: '\(.*\)',$/\1/p" meson.build)"
  echo "OUTPUT_DIRECTORY = \"$dir\""
  [ -z "$check" ] || printf '%s\n' 'GENERATE_XML = YES' 'XML_PROGRAMLISTING = NO'
} | doxygen -
[ -z "$check" ] || python3 docs/api/check.py "$dir/xml" lib/include
