#!/usr/bin/env python3
"""undocumented.py XML HEADERS: names what has no comment. Doxygen 1.9.4 does not miss those of enumerators, namespaces,
files, destructors, and of what is defaulted."""

import pathlib
import sys
import xml.etree.ElementTree as ET

COMPOUNDS = {"namespace", "class", "struct", "union", "file"}


def has_comment(element):
    return any(
        "".join(element.find(part).itertext()).strip()
        for part in ("briefdescription", "detaileddescription")
        if element.find(part) is not None
    )


def place(element):
    location = element.find("location")
    return "" if location is None else f"{location.get('file')}:{location.get('line', '1')}: "


def names(compound):
    """What is undocumented in one of Doxygen's files, each with where it is."""
    name = compound.findtext("compoundname")
    if not has_comment(compound):
        yield f"{place(compound)}{compound.get('kind')} {name}"
    for member in compound.iter("memberdef"):
        if member.get("prot") == "private" or member.get("kind") == "friend" and "class" in member.findtext("type"):
            continue
        if not has_comment(member):
            yield f"{place(member)}{name}::{member.findtext('name')}"
        for value in member.iter("enumvalue"):
            if not has_comment(value):
                yield f"{place(member)}{name}::{member.findtext('name')}::{value.findtext('name')}"


def main():
    xml, headers = map(pathlib.Path, sys.argv[1:])
    undocumented = set()
    files = set()
    for path in xml.glob("*.xml"):
        for compound in ET.parse(path).getroot().iter("compounddef"):
            # A base class that is another library's makes a namespace of its own.
            if compound.get("kind") not in COMPOUNDS or place(compound).startswith("[generated]"):
                continue
            if compound.get("kind") == "file":
                file = compound.find("location").get("file")
                # What is for the compiler needs no page; what is public in it is a class's or a namespace's.
                if "/detail/" in file or file.endswith(".md"):
                    continue
                files.add(file)
            undocumented.update(names(compound))
    missing = {str(h) for h in headers.rglob("*.h*") if h.suffix in (".h", ".hpp") and "detail" not in h.parts}
    undocumented.update(f"{header}: not in the documentation" for header in missing if not any(map(header.endswith, files)))
    for what in sorted(undocumented):
        print(f"no comment: {what}")
    return 1 if undocumented else 0


if __name__ == "__main__":
    sys.exit(main())
