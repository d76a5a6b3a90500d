#!/bin/sh
# The README's first C++ block must be the example that is compiled: check_readme.sh README.md hello.cpp
set -eu
awk '/^```cpp$/ { inside = 1; next } /^```$/ && inside { exit } inside' "$1" | diff -u - "$2"
