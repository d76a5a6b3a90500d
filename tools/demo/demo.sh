#!/usr/bin/env bash
# The demonstration behind ./dev demo: demo.sh BUILD_DIRECTORY
set -euo pipefail

if (($# < 1)); then
  echo "usage: demo.sh BUILD_DIRECTORY (./dev demo builds first, and gives it)" >&2
  exit 2
fi
echo "demo: there is nothing to show yet" >&2
exit 1
