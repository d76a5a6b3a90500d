#!/usr/bin/env python3
"""layouts.py [--update] LIBRARY OBJECT: what a program takes from the headers without a symbol for it (sizes and offsets,
values of enumerations, what LIBRARY's member functions return) is what layouts.txt lists. OBJECT is made of the headers, with
debug information. --update writes the list anew."""
import difflib
import pathlib
import re
import subprocess
import sys

LIST = pathlib.Path(__file__).with_name("layouts.txt")
ENTRY = re.compile(r" <(\d+)><[0-9a-f]+>: Abbrev Number: \d+ \(DW_TAG_(\w+)\)")
ATTRIBUTE = re.compile(r"    <[0-9a-f]+>   DW_AT_(\w+)\s*: \(\w+\) ?(.*)")
INDIRECT = re.compile(r"\(offset: 0x[0-9a-f]+\): ")
SCOPES = {"namespace", "structure_type", "class_type", "union_type", "enumeration_type"}


def entries(lines):
    """(depth, tag, attributes) of everything in namespace logbuf, and of C's logbuf_*, from readelf's words."""
    entry, inside = None, False
    for line in lines:
        if line.startswith(" <"):
            found = ENTRY.match(line)
            if not found:
                continue  # the end of a scope
            if entry and inside:
                yield entry
            entry = int(found[1]), found[2], {}
            if entry[0] == 1:
                inside = False
        elif entry and (inside or entry[0] == 1):
            found = ATTRIBUTE.match(line)
            if found:
                entry[2][found[1]] = INDIRECT.sub("", found[2]).strip()
                if entry[0] == 1 and found[1] == "name":
                    inside = entry[1] in SCOPES and re.fullmatch("logbuf" if entry[1] == "namespace" else "logbuf_.*", entry[2]["name"])
    if entry and inside:
        yield entry


def type_name(attribute):
    """readelf says `<0x6e9>, size_t, long unsigned int`: a type, and what it stands for."""
    return attribute.split(">, ", 1)[1] if ">, " in attribute else "(a pointer or reference)"


def output_of(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def layouts(lines, exported):
    """A dictionary: the heading of each type, and its lines; the returned types under a heading of their own."""
    listed, returned = {}, set()
    scope = []  # of each entry that is open: its name, or None where nothing in it is listed; and the lines for its parts
    for depth, tag, has in entries(lines):
        del scope[depth - 1:]
        outer, parts = scope[-1] if scope else ("", None)
        name = has.get("name", "(anonymous)")
        within = name if not outer else f"{outer}::{name}"
        own = None
        if outer is not None and tag in SCOPES:
            if "byte_size" in has and "declaration" not in has:
                aligned = f", aligned to {has['alignment']}" if "alignment" in has else ""
                own = listed.setdefault(f"{within}: {has['byte_size']} bytes{aligned}", [])
                own.clear()
        elif outer is not None and parts is not None and tag == "enumerator":
            parts.append(f"  {name} = {has['const_value']}")
        elif outer is not None and parts is not None and tag in ("member", "inheritance"):
            at = has.get("data_member_location", has.get("data_bit_offset", "0") + " (bits)" if "bit_size" in has else "0")
            if "external" not in has:
                parts.append(f"  {at} {'(base) ' + type_name(has['type']) if tag == 'inheritance' else name}")
        elif outer is not None and tag == "subprogram" and has.get("linkage_name") in exported and "type" in has:
            returned.add(f"  {within}: {type_name(has['type'])}")
        scope.append((within if outer is not None and tag in SCOPES else None, own))
    listed["returned:"] = sorted(returned)
    return listed


arguments = sys.argv[1:]
update = arguments[0] == "--update"
library, headers = arguments[-2:]
exported = set(output_of("nm", "--format=just-symbols", "--dynamic", "--defined-only", library).split())
found = layouts(output_of("readelf", "--debug-dump=info", "--wide", headers).splitlines(), exported)
now = [line + "\n" for heading, parts in sorted(found.items()) for line in [heading] + parts]
if update:
    LIST.write_text("".join(now))
difference = list(difflib.unified_diff(LIST.read_text().splitlines(keepends=True), now, "layouts.txt", "the headers", n=3))
sys.stdout.writelines(difference)
if difference:
    sys.exit("Programs compiled before such a change may not work with the library, unless it only adds types and enumerators. Where a "
             f"release has what was before, raise soversion; then: {sys.argv[0]} --update {library} {headers}")
