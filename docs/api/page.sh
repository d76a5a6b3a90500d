#!/bin/sh
# page.sh FILE: a document as Doxygen is to read it. Links to what is no page (.md), and to headings, would lead nowhere.
exec sed -E -e 's/\[([^]]*)\]\((\.\.\/)+[^)]*[^d)]\)/\1/g' -e 's/\[([^]]*)\]\(#[^)]*\)/\1/g' "$1"
