#!/bin/sh
# exported.sh LIBRARY: what it exports is in namespace logbuf (or is about a type there) or begins with logbuf_, and it has a name with a version.
set -eu
exported=$(nm --dynamic --defined-only --demangle "$1" | cut -d' ' -f3-)
foreign=$(echo "$exported" | grep -Ev '^(vtable for |typeinfo for |typeinfo name for |VTT for |guard variable for |construction vtable for )?logbuf::|^logbuf_' || true)
[ -z "$foreign" ] || { echo "exported, and not of logbuf:"; echo "$foreign"; exit 1; }
internal=$(echo "$exported" | grep -E 'logbuf::(platform|ring)::' || true)
[ -z "$internal" ] || { echo "exported, and not public:"; echo "$internal"; exit 1; }
# Of Sender and Producer also what is inline: a program that is not optimised calls it here (extern template).
for needed in 'Segment::create' 'Sender<.*>::attach' 'Producer<.*>::notify' 'Consumer::attach' 'Receiver::recv' 'archive::Writer::open'; do
  echo "$exported" | grep -q "^logbuf::$needed(" || { echo "logbuf::$needed is not exported"; exit 1; }
done
objdump -p "$1" | grep -q 'SONAME *liblogbuf\.so\.[0-9]' || { echo "its SONAME has no version"; exit 1; }
