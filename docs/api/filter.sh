#!/bin/sh
# filter.sh FILE: a file as Doxygen is to read it.
case $1 in
  # Of a document: links to examples are references to them; links to anything else that is no page (.md), and to headings,
  # would lead nowhere.
  *.md)
    exec sed -E -e 's/\[[^]]*\]\(([a-z_]+\.(c|cpp))\)/@ref \1/g' -e 's/\[([^]]*)\]\((\.\.\/)+[^)]*[^d)]\)/\1/g' \
      -e 's/\[([^]]*)\]\(([^)]*\/README.md)?#[^)]*\)/\1/g' "$1"
    ;;
  # Of a comment: a % before a letter would be left out.
  *) exec sed -E -e '/^ *\/\/\//s/%([A-Za-z])/%%\1/g' "$1" ;;
esac
