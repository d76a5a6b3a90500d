#!/bin/sh
# systemd.sh UNIT INSTALLED-PROGRAM PROGRAM CONFIG SYSUSERS: systemd takes the unit, and finds little in it that is not closed;
# the archiver takes the configuration. Without systemd-analyze the configuration alone is looked at.
set -eu
unit=$1 installed=$2 program=$(realpath "$3") config=$4 sysusers=$5

"$program" --config "$config" --check-config
command -v systemd-analyze >/dev/null || { echo "skipped: there is no systemd-analyze"; exit 77; }

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
# The program that was built: the installed one may not be there.
sed "s|$installed|$program|g" "$unit" >"$directory/logbuf-archiver.service"
complaints=$(SYSTEMD_LOG_LEVEL=warning systemd-analyze --man=no verify "$directory/logbuf-archiver.service" 2>&1) ||
  { echo "$complaints"; exit 1; }
# Those about other units of this machine are none of ours.
if echo "$complaints" | grep -F logbuf-archiver.service; then exit 1; fi
if systemd-analyze security --help 2>/dev/null | grep -q -- --offline; then
  systemd-analyze security --no-pager --offline=true --threshold=15 "$directory/logbuf-archiver.service"
fi
! command -v systemd-sysusers >/dev/null || systemd-sysusers --dry-run "$(realpath "$sysusers")"
