#!/usr/bin/env python3
"""check.py XML HEADERS: names what has no comment, and what a comment names that is not there. Doxygen 1.9.4 does not miss
the comments of enumerators, namespaces, files, destructors, and of what is defaulted; a name that it does not know
(Peek::nxt()) it leaves as it is."""

import pathlib
import re
import sys
import xml.etree.ElementTree as ET

COMPOUNDS = {"namespace", "class", "struct", "union", "file"}
DESCRIPTIONS = ("briefdescription", "detaileddescription", "inbodydescription")
NO_PROSE = {"ref", "computeroutput", "programlisting", "verbatim"}
A_NAME = re.compile(r"\b(?:logbuf|[A-Z]\w*)::[\w:]*\w")


def has_comment(element):
    return any("".join(part.itertext()).strip() for part in element if part.tag in DESCRIPTIONS)


def place(element):
    location = element.find("location")
    return "" if location is None else f"{location.get('file')}:{location.get('line', '1')}: "


def undocumented(compound):
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


def prose(element):
    """The text that is neither code nor a link."""
    if element.tag not in NO_PROSE:
        yield element.text or ""
        for child in element:
            yield from prose(child)
    yield element.tail or ""


def names_of_nothing(compound):
    for element in compound.iter():
        for description in element:
            if description.tag in DESCRIPTIONS:
                for text in prose(description):
                    for name in A_NAME.findall(text):
                        yield f"{place(compound)}{name}"


def main():
    xml, headers = map(pathlib.Path, sys.argv[1:])
    wrong = set()
    files = set()
    for path in xml.glob("*.xml"):
        for compound in ET.parse(path).getroot().iter("compounddef"):
            kind = compound.get("kind")
            if compound.get("id") == "indexpage":
                wrong.update(f"not known: {name}" for name in names_of_nothing(compound))
            # A base class that is another library's makes a namespace of its own.
            if kind not in COMPOUNDS or place(compound).startswith("[generated]"):
                continue
            if kind == "file":
                file = compound.find("location").get("file")
                # What is for the compiler needs no page; what is public in it is a class's or a namespace's.
                if "/detail/" in file or file.endswith((".md", ".dox")):
                    continue
                files.add(file)
            wrong.update(f"no comment: {name}" for name in undocumented(compound))
            wrong.update(f"not known: {name}" for name in names_of_nothing(compound))
    for header in headers.rglob("*.h*"):
        if header.suffix in (".h", ".hpp") and "detail" not in header.parts and not str(header).endswith(tuple(files)):
            wrong.add(f"not in the documentation: {header}")
    for what in sorted(wrong):
        print(what)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
