#!/bin/sh
# exported.sh [--update] LIBRARY [OBJECT]: what it exports is what exported.txt lists, and what OBJECT, made of the headers,
# calls of it; nothing of what is internal; and it has a name with a version. --update writes the list anew.
set -eu
list=$(dirname -- "$0")/exported.txt
update=
[ "$1" != --update ] || { update=yes; shift; }
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
export LC_ALL=C

# names NM-ARGUMENT...: demangled, each once (a constructor has two); a type's end is spelled >> by some, > > by others.
names() { nm --format=posix "$@" | cut -d' ' -f1 | c++filt | sed -e ':again' -e 's/> >/>>/g' -e 't again' | sort -u; }
# differ TEXT FILE FILE: fails where the first has lines that the second has not.
differ() {
  comm -23 "$2" "$3" >"$scratch/more"
  [ ! -s "$scratch/more" ] || { echo "$1:"; cat "$scratch/more"; return 1; }
}
failed=

names --dynamic --defined-only "$1" >"$scratch/exported"
public='^(vtable for |typeinfo for |typeinfo name for |VTT for |guard variable for |construction vtable for )?logbuf::|^logbuf_'
grep -Ev "$public" "$scratch/exported" >"$scratch/foreign" || true
differ "exported, and not of logbuf" "$scratch/foreign" /dev/null || failed=yes
grep -E 'logbuf::(platform|ring)::|::State::' "$scratch/exported" >"$scratch/internal" || true
differ "exported, and not public" "$scratch/internal" /dev/null || failed=yes

if [ $# -gt 1 ]; then
  names --undefined-only "$2" | grep '^logbuf' >"$scratch/called"
  differ "called from a header, and not exported: mark it LOGBUF_API" "$scratch/called" "$scratch/exported" || failed=yes
  grep '^logbuf::detail::' "$scratch/exported" >"$scratch/detail" || true
  differ "exported from detail, and called from no header: take LOGBUF_API away" "$scratch/detail" "$scratch/called" || failed=yes
fi

if [ -n "$update" ]; then
  cp -- "$scratch/exported" "$list"
fi
differ "exported, and not listed. To take it on, for good: $0 --update $1" "$scratch/exported" "$list" || failed=yes
differ "listed, and not exported. Compiled programs may call it: keep it; or raise soversion, then: $0 --update $1" \
  "$list" "$scratch/exported" || failed=yes
objdump -p "$1" | grep -q 'SONAME *liblogbuf\.so\.[0-9]' || { echo "its SONAME has no version"; failed=yes; }
[ -z "$failed" ]
