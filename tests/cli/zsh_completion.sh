#!/bin/sh
# zsh_completion.sh COMPLETION-DIRECTORY PROGRAM...: in a real zsh on a terminal, words are typed, and Tab completes them.
set -eu
command -v zsh >/dev/null || { echo "skipped: there is no zsh"; exit 77; }
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
functions=$(realpath "$1")
shift
for program; do ln -s "$(realpath "$program")" "$directory/"; done
# A ring, without one: completion asks logbuf-ctl.
rm "$directory/logbuf-ctl"
printf '#!/bin/sh\n%s\n' "echo 'NAME KIND'; echo 'orders-of-today mpsc'" >"$directory/logbuf-ctl"
chmod +x "$directory/logbuf-ctl"
cat >"$directory/typist" <<'END'
zmodload zsh/zpty
setopt extended_glob
zpty shell zsh -f -i
zpty -w shell "PROMPT='@@>'; path=($1 \$path); fpath=($2 \$fpath); autoload -Uz compinit; compinit -u -D; bindkey '^I' complete-word; setopt no_list_beep; echo is\$((1+1))ready"
zpty -r shell output '*is2ready*@@>*'
failed=0
# Typed, and what it has to become.
while IFS='|' read -r typed becomes; do
  zpty -w -n shell "$typed"$'\t'
  # The line is cleared, and the answer to what comes then shows that Tab has done what it does.
  zpty -w -n shell $'\x15'
  zpty -w shell 'echo is$((1+2))done'
  zpty -r shell output '*is3done*@@>*'
  # What is typed is shown in pieces, with the terminal's words between them.
  shown=${output//$'\e'\[[0-9;?]#[a-zA-Z]/}
  [[ $shown == *$becomes* ]] || { print -r -- "'$typed' became no '$becomes': ${(V)shown}"; failed=1 }
done <<'WORDS'
logbuf-cat --foll|logbuf-cat --follow
logbuf-cat -o j|logbuf-cat -o json
logbuf-cat orders|logbuf-cat orders-of-today
logbuf-ctl ins|logbuf-ctl inspect
logbuf-ctl rm ord|logbuf-ctl rm orders-of-today
logbuf-ctl create --kind s|logbuf-ctl create --kind spsc
logbuf-stat --js|logbuf-stat --json
logbuf-replay --sp|logbuf-replay --speed=
logbuf-archiver --met|logbuf-archiver --metrics=
logbuf-archive ver|logbuf-archive verify
logbuf repl|logbuf replay
logbuf ctl doc|logbuf ctl doctor
WORDS
zpty -d shell
exit $failed
END
timeout 100 zsh -f "$directory/typist" "$directory" "$functions"
