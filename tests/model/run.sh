#!/usr/bin/env bash
# Checks the models: run.sh SIZE [MODEL]. SIZE is small (what every test run does) or large; see docs/design/models.md.
# Each model must hold, in a search that was not cut short; each of its mutants must be refuted.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
models=(claim_recovery park_wake release_takeover weak_order)

usage() {
  printf 'usage: run.sh small|large [%s]\n' "$(IFS='|'; echo "${models[*]}")" >&2
  exit 2
}

size=${1:-}
[[ $size == small || $size == large ]] || usage
if (($# > 1)); then
  [[ -f $here/$2.pml ]] || usage
  models=("$2")
fi
for tool in spin gcc; do
  command -v "$tool" >/dev/null || { echo "run.sh: $tool was not found" >&2; exit 77; }
done

work=$(mktemp -d "${TMPDIR:-/tmp}/logbuf-model.XXXXXX")
trap 'rm -rf -- "$work"' EXIT
failures=0

# search MODEL "SPIN -D..." "GCC -D...": runs the search in its own directory; its report is in $work/pan.log.
search() {
  local model=$1 constants compiler
  read -ra constants <<<"$2"
  read -ra compiler <<<"$3"
  rm -rf -- "${work:?}"/*
  cd -- "$work"
  spin -a "${constants[@]}" "$here/$model.pml" >spin.log 2>&1 || return 1
  gcc -w -DSAFETY -DNOFAIR "-DMEMLIM=$memory_limit_mb" "${compiler[@]}" -o pan pan.c >gcc.log 2>&1 || return 1
  ./pan "-m$depth" -c1 >pan.log 2>&1 || return 1
}

# check MODEL NAME "SPIN -D..." holds|refuted "GCC -D...": one line about one search.
check() {
  local model=$1 name=$2 expected=$3 verdict errors states seconds
  states=- seconds=-
  if ! search "$model" "$4" "$5"; then
    verdict="FAILED: no search"
  else
    errors=$(sed -n 's/.*errors: \([0-9]*\).*/\1/p' pan.log)
    states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' pan.log)
    seconds=$(sed -n 's/.*elapsed time \([0-9.e+-]*\) seconds.*/\1/p' pan.log)
    if grep -Eq 'max search depth too small|out of memory|reached -DMEMLIM|hash array full' pan.log; then
      verdict="FAILED: the search was cut short"
    elif [[ -z $errors ]]; then
      verdict="FAILED: no result"
    elif ((errors == 0)); then
      if grep -q 'Search not completed' pan.log; then
        verdict="FAILED: the search was cut short"
      else
        verdict=holds
      fi
    else
      verdict=refuted
    fi
    [[ $verdict == "$expected" || $verdict == FAILED* ]] || verdict="FAILED: $verdict, not $expected"
  fi
  printf '%-16s %-24s %11s states %7s s  %s\n' "$model" "$name" "$states" "$seconds" "$verdict"
  if [[ $verdict == FAILED* ]]; then
    failures=$((failures + 1))
    [[ $verdict != *"no search" ]] || tail -n 5 -- *.log >&2
    grep -E '^pan:[0-9]*:' pan.log >&2 || true
  fi
}

# The names of a model's mutants.
mutants_of() {
  grep -o '\<MUTANT_[A-Z_]*' "$here/$1.pml" | sed 's/^MUTANT_//' | sort -u
}

# searches_of MODEL: the sizes it must hold in, a line each: name|constants. The first small one is the mutants' too.
searches_of() {
  case $size-$1 in
    *-claim_recovery)
      echo "two deaths|-DLATER_CLAIMS=1 -DNO_ABORTS -DDEATHS=2 -DCONSUMER_DEATHS=0"
      echo "aborts, consumer's death|-DLATER_CLAIMS=1 -DDEATHS=1 -DCONSUMER_DEATHS=1"
      ;;&
    large-claim_recovery)
      echo "two claims each|-DDEATHS=2 -DCONSUMER_DEATHS=0 -DNO_ABORTS"
      echo "three producers|-DPRODUCERS=3 -DCLAIMS=1 -DDEATHS=2 -DCONSUMER_DEATHS=0 -DNO_ABORTS"
      ;;
    small-park_wake) echo "one record each|-DRECORDS=1" ;;
    large-park_wake)
      echo "two records each|-DRECORDS=2"
      echo "stores in any order|-DRECORDS=2 -DANY_ORDER"
      ;;
    *-weak_order) echo "all scenes|" ;;
    small-release_takeover) echo "three records|-DRECORDS=3 -DCONSUMER_DEATHS=1" ;;
    large-release_takeover)
      echo "four records|-DRECORDS=4 -DCONSUMER_DEATHS=1"
      echo "two deaths|-DRECORDS=3 -DCONSUMER_DEATHS=2"
      ;;
  esac
}

memory_limit_mb=3600
depth=10000
options=(-O2)
[[ $size == small ]] || options+=(-DCOLLAPSE)
for model in "${models[@]}"; do
  mapfile -t searches < <(searches_of "$model")
  for search in "${searches[@]}"; do
    check "$model" "${search%%|*}" holds "${search#*|}" "${options[*]}"
  done
  for mutant in $(mutants_of "$model"); do
    # Quicker to compile is quicker here: most are refuted in the first second.
    check "$model" "$mutant" refuted "${searches[0]#*|} -DMUTANT_$mutant" "-O0"
  done
done
if ((failures > 0)); then
  echo "$failures failed"
  exit 1
fi
