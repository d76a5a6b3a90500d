#!/usr/bin/env python3
"""What logbuf-bench --plot draws is well-formed, has a line for each that was measured, and is the same from JSON."""
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

SVG = "{http://www.w3.org/2000/svg}"
LINES = {"throughput-spsc-1.svg": 3, "cost-spsc-1.svg": 9, "throughput-mpsc-1.svg": 3, "cost-mpsc-1.svg": 9}


def lines_in(picture):
    root = xml.etree.ElementTree.parse(picture).getroot()
    assert root.tag == SVG + "svg", picture
    lines = root.findall(SVG + "polyline")
    for line in lines:
        points = [[float(n) for n in point.split(",")] for point in line.get("points").split()]
        assert points or picture.name.startswith("cost"), picture  # a cost may be the timer's alone
        assert all(0 <= x <= 790 and 0 <= y <= 420 for x, y in points), (picture, points)
    words = [text.text for text in root.iter(SVG + "text")]
    assert "payload of a record, bytes" in words, words
    return len(lines)


with tempfile.TemporaryDirectory() as scratch:
    scratch = pathlib.Path(scratch)
    bench, json = sys.argv[1], scratch / "run.json"
    subprocess.run([bench, "--quick", "--producers", "1", "--json", json, "--plot", scratch / "plots"], check=True,
                   stdout=subprocess.DEVNULL)
    drawn = {picture.name: lines_in(picture) for picture in (scratch / "plots").iterdir()}
    assert drawn == LINES, drawn
    subprocess.run([bench, "--plot", scratch / "again", "--from", json], check=True)
    for name in LINES:
        assert (scratch / "plots" / name).read_bytes() == (scratch / "again" / name).read_bytes(), name
    json.write_text("{}")
    refused = subprocess.run([bench, "--plot", scratch / "again", "--from", json], stderr=subprocess.DEVNULL)
    assert refused.returncode == 2, refused
