# shellcheck shell=bash
# Completion for bash: logbuf and all its programs.
#
# Each program has a table. A line is a flag with its names and what it takes, as --help has it; '@' stands for what
# has no flag, '/' for the program's commands. What is taken:
#
#   a|b|c    one of these; what ends in = goes on
#   RING     a ring's name      TARGET   a ring's name, an archive or a file
#   DIR      a directory        FILE     a file
#   GROUP    a group of users   VALUE    something that nobody can know
#   X...     any number of them

__logbuf_table() {
  table=('-h --help' '-V --version')
  case $1 in
    logbuf) table+=("/ $(__logbuf_commands) help") ;;
    'logbuf help') table=("@ $(__logbuf_commands '|')|help") ;;
    logbuf-archive) table+=('/ info verify recover export') ;;
    'logbuf-archive info' | 'logbuf-archive verify') table+=('--json' '@ FILE') ;;
    'logbuf-archive recover') table+=('--to DIR' '@ FILE') ;;
    'logbuf-archive export')
      table+=('-S --since VALUE' '-U --until VALUE' '--seq VALUE' '--utc' '-o --output json|length-prefixed|pcapng'
        '--link-type VALUE' '--to FILE' '@ FILE')
      ;;
    logbuf-archiver)
      table+=('-r --ring RING' '--rings VALUE' '--create' '--capacity VALUE' '-d --dir DIR'
        '--sync none|interval=|batch' '--rotate-size VALUE' '--rotate-age VALUE' '--compress none|lz4|zstd'
        '--retain-size VALUE' '--retain-age VALUE' '--min-free VALUE' '--once' '--until-idle VALUE' '--metrics VALUE'
        '--config FILE' '--check-config' '--print-config')
      ;;
    logbuf-cat)
      table+=('-f --follow' '-n --lines VALUE' '-c --count VALUE' '-S --since VALUE' '-U --until VALUE' '--seq VALUE'
        '-p --producer VALUE' '--type VALUE' '-g --grep VALUE' '--exclude VALUE' '-i --ignore-case' '-m --merge'
        '-o --output text|raw|hex|json|csv|length-prefixed' '-J --json' '-X --hex' '-F --format VALUE' '--time iso|unix|delta|none'
        '--color auto|always|never' '--force' '--utc' '--stats' '--verify' '--header' '--consume'
        '@ TARGET...')
      ;;
    logbuf-ctl) table+=('/ create ls inspect close rm gc doctor') ;;
    'logbuf-ctl create')
      table+=('-c --capacity VALUE' '--kind mpsc|spsc' '--producers VALUE' '--timestamps' '--mode VALUE'
        '--group GROUP' '@ VALUE')
      ;;
    'logbuf-ctl ls' | 'logbuf-ctl doctor') table+=('--json') ;;
    'logbuf-ctl inspect') table+=('--json' '@ RING') ;;
    'logbuf-ctl close') table+=('@ RING') ;;
    'logbuf-ctl rm') table+=('-f --force' '@ RING') ;;
    'logbuf-ctl gc') table+=('-f --force' '-n --dry-run') ;;
    logbuf-replay)
      table+=('-S --since VALUE' '-U --until VALUE' '--seq VALUE' '-p --producer VALUE' '--type VALUE' '--utc'
        '--speed max' '--max-pause VALUE' '--loop VALUE' '--create' '--capacity VALUE' '--kind mpsc|spsc'
        '--timestamps' '--name VALUE' '--on-full wait|drop' '-v --verbose' '@ FILE RING')
      ;;
    logbuf-stat) table+=('--interval VALUE' '-n --count VALUE' '-1 --once' '--json' '@ RING...') ;;
    logbuf-write)
      table+=('--create' '--capacity VALUE' '--kind mpsc|spsc' '--timestamps' '-d --delimiter VALUE' '-0 --null'
        '--length-prefixed' '--tee' '--type VALUE' '--name VALUE' '--on-full wait|drop' '-v --verbose'
        '@ RING FILE...')
      ;;
    *) table=('@ FILE...') ;;
  esac
}

__logbuf_commands() {
  local all=(archive archiver cat ctl replay stat write)
  local IFS=${1:- }
  printf '%s' "${all[*]}"
}

# The first column of ls, without its heading.
__logbuf_rings() {
  logbuf-ctl ls 2>/dev/null | sed '1d; s/ .*//'
}

# Sets `taken` to what this flag takes; empty: nothing.
__logbuf_taken_by() {
  local line word
  taken=
  for line in "${table[@]}"; do
    [[ $line == -* ]] || continue
    for word in $line; do
      if [[ $word == "$1" ]]; then
        word=${line##* }
        [[ $word == -* ]] || taken=$word
        return
      fi
    done
  done
}

__logbuf_flags() {
  local line word
  for line in "${table[@]}"; do
    for word in $line; do
      [[ $word != -* ]] || printf '%s ' "$word"
    done
  done
}

# Fills COMPREPLY with the words of one kind that begin with $2.
__logbuf_offer() {
  case $1 in
    RING) mapfile -t COMPREPLY < <(compgen -W "$(__logbuf_rings)" -- "$2") ;;
    TARGET)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(
        compgen -W "$(__logbuf_rings)" -- "$2"
        compgen -f -- "$2"
      )
      ;;
    DIR)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -d -- "$2")
      ;;
    FILE)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$2")
      ;;
    GROUP) mapfile -t COMPREPLY < <(compgen -g -- "$2") ;;
    VALUE | '') ;;
    *)
      mapfile -t COMPREPLY < <(compgen -W "${1//|/ }" -- "$2")
      [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace 2>/dev/null
      ;;
  esac
}

# The words so far as the program will have them: readline takes apart what has a = or a : in it. A value that follows
# its flag by = is a word of its own. The last word is the one to complete.
__logbuf_join() {
  local i word joining=
  words=()
  for ((i = 0; i <= COMP_CWORD; ++i)); do
    word=${COMP_WORDS[i]-}
    if [[ $word == '=' && i -gt 0 && ${COMP_WORDS[i - 1]} == --* ]]; then
      words+=('')
      joining=yes
    elif [[ ($word == '=' || $word == ':') && ${#words[@]} -gt 0 ]]; then
      words[-1]+=$word
      joining=yes
    elif [[ -n $joining ]]; then
      words[-1]+=$word
      joining=
    else
      words+=("$word")
    fi
  done
}

# $1: the program, or program and command; $2: where in `words` its own begin.
__logbuf_complete() {
  local table taken='' i cur=${words[-1]} positional=0 flags_over='' line kinds
  __logbuf_table "$1"
  for ((i = $2; i < ${#words[@]} - 1; ++i)); do
    if [[ -n $taken ]]; then
      taken=
    elif [[ -z $flags_over && ${words[i]} == -- ]]; then
      flags_over=yes
    elif [[ -z $flags_over && ${words[i]} == -?* ]]; then
      __logbuf_taken_by "${words[i]}"
    else
      ((++positional))
    fi
  done
  if [[ -n $taken ]]; then
    __logbuf_offer "$taken" "$cur"
    return
  fi
  for line in "${table[@]}"; do
    read -ra kinds <<<"$line"
    if [[ ${kinds[0]} == '@' && $cur != -* ]]; then
      ((positional + 1 < ${#kinds[@]})) || [[ ${kinds[-1]} != *... ]] || positional=$((${#kinds[@]} - 2))
      line=${kinds[positional + 1]-}
      __logbuf_offer "${line%...}" "$cur"
    elif [[ ${kinds[0]} == / && $cur != -* ]]; then
      mapfile -t COMPREPLY < <(compgen -W "${kinds[*]:1}" -- "$cur")
    fi
  done
  if [[ $cur == -* && -z $flags_over ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(__logbuf_flags)" -- "$cur")
  fi
}

_logbuf() {
  local words program=${1##*/} first=1 typed prefix
  COMPREPLY=()
  __logbuf_join
  if [[ $program == logbuf && ${#words[@]} -gt 2 ]]; then
    program+=" ${words[1]}"
    [[ $program == 'logbuf help' ]] || program="logbuf-${words[1]}"
    first=2
  fi
  if [[ $program == logbuf-ctl || $program == logbuf-archive ]] && ((${#words[@]} > first + 1)); then
    program+=" ${words[first]}"
    ((++first))
  fi
  __logbuf_complete "$program" "$first"
  # Of a word that readline has taken apart it wants the last part.
  typed=${COMP_WORDS[COMP_CWORD]-}
  [[ $typed != '=' && $typed != ':' ]] || typed=
  prefix=${words[-1]%"$typed"}
  [[ -z $prefix ]] || COMPREPLY=("${COMPREPLY[@]#"$prefix"}")
}

complete -F _logbuf logbuf logbuf-archive logbuf-archiver logbuf-cat logbuf-ctl logbuf-replay logbuf-stat logbuf-write
