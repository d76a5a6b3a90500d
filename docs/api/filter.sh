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
  # Of a comment: a % before a letter would be left out.
  *) exec sed -E -e '/^ *\/\/\//s/%([A-Za-z])/%%\1/g' "$1" ;;
esac
