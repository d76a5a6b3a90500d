#!/bin/sh
# filter.sh FILE: a file as Doxygen is to read it.
case $1 in
  # Of a document: links to examples are references to them. Links to anything else that is no page, and to headings, would
  # lead nowhere; what remains of them is their text.
  *.md)
    exec sed -E -e 's/\[[^]]*\]\((examples\/)?([a-z_]+\.(c|cpp|py))\)/@ref \2/g' \
      -e 's/\[([^]]*)\]\((\.\.\/)+[^)]*[^d)]\)/\1/g' \
      -e 's/\[([^]]*)\]\([^):]*(tools|monitoring\/README|\.\.\/README|CONTRIBUTING|CHANGELOG)\.md\)/\1/g' \
      -e 's/\[([^]]*)\]\([^):]*#[^)]*\)/\1/g' "$1"
    ;;
  # Of a comment: a % before a letter would be left out. Friends of a class are nobody's business (to hide them by
  # HIDE_FRIEND_COMPOUNDS hides operators, too).
  *) exec sed -E -e '/^ *\/\/\//s/%([A-Za-z])/%%\1/g' -e 's/^ *friend class .*//' -e 's/^ *template <Kind>$//' "$1" ;;
esac
