#!/usr/bin/env python3
"""What a bench would not heed is refused, before anything is measured, and --quick says what its figures are worth."""
import pathlib
import subprocess
import sys
import tempfile

BENCH, ARCHIVE, DISK, *SPDLOG = sys.argv[1:]


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, timeout=60)


def refused(says, *words):
    ended = run(*words)
    assert ended.returncode == 2 and says in ended.stderr and not ended.stdout, (words, ended)


IGNORED = {
    "--deaths": ["--only", "--payload", "--producers", "--no-references"],
    "--latency": ["--only", "--payload", "--producers", "--batch", "--no-references"],
    "--growth": ["--only", "--payload", "--producers", "--no-references"],
    "--fairness": ["--only", "--payload", "--producers", "--runs"],
}
VALUES = {"--only": ["spsc"], "--payload": ["16"], "--producers": ["2"], "--batch": ["64K"], "--runs": ["2"], "--no-references": []}
for question, ignored in IGNORED.items():
    for option in ignored:
        refused(f"{question} does not heed {option}", BENCH, "--quick", question, option, *VALUES[option])
refused("nothing to do with compression", ARCHIVE, "--quick", "--reading", "--text", __file__)
refused("--no-compress leaves out", ARCHIVE, "--quick", "--no-compress", "--text", __file__)
refused("--memory /nope is no directory", DISK, "--quick", "--memory", "/nope")
refused("each other's opposites", DISK, "--quick", "--memory", "/tmp", "--no-memory")
for bench in SPDLOG:
    refused("--calls 9999 is not between", bench, "--quick", "--calls", "9999")
    refused("--runs 0 is not between", bench, "--quick", "--runs", "0")
    refused("--pattern has 64 characters", bench, "--quick", "--pattern", "x" * 64)
    refused("is not there: build it", bench, "--quick", "--archiver", "/nope")

with tempfile.TemporaryDirectory() as scratch:
    json, plots = pathlib.Path(scratch) / "run.json", pathlib.Path(scratch) / "plots"
    quick = run(BENCH, "--quick", "--latency", "--runs", "1", "--json", json)
    assert quick.returncode == 0, quick
    assert "mean nothing beside targets" in quick.stdout and "; 1 run\n" in quick.stdout, quick.stdout
    assert "median of 2 runs (least-most)" in run(BENCH, "--quick", "--latency", "--runs", "2").stdout
    refused("is of --latency", BENCH, "--plot", plots, "--from", json)
    for text in ["{}", "no JSON", '{"results": [{}]}', "[]"]:
        json.write_text(text)
        refused("not what --json writes", BENCH, "--plot", plots, "--from", json)
    assert not plots.exists(), list(plots.iterdir())
