"""The structured log of a running server, as JSON lines in a file."""

import json
import re
import time


class ServerLog:
    def __init__(self, path):
        self.path = path

    def mark(self):
        """A position; lines after it are new."""
        return self.path.stat().st_size if self.path.exists() else 0

    def lines(self, since=0):
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            file.seek(since)
            return file.read().decode(errors="replace").splitlines()

    def records(self, since=0):
        found = []
        for line in self.lines(since):
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict):
                found.append(record)
        return found

    def find(self, since=0, event=None, text=None, **fields):
        """Records whose event, whole text and named fields match the regular expressions (without case)."""
        def matches(record):
            if event and not re.search(event, record.get("event", ""), re.I):
                return False
            if text and not re.search(text, json.dumps(record), re.I):
                return False
            return all(re.search(pattern, str(record.get(name, "")), re.I) for name, pattern in fields.items())
        return [record for record in self.records(since) if matches(record)]

    def wait(self, since=0, timeout=5, **patterns):
        """The first matching record; fails the test with what was logged instead."""
        deadline = time.monotonic() + timeout
        while True:
            found = self.find(since, **patterns)
            if found:
                return found[0]
            if time.monotonic() > deadline:
                logged = "\n".join(self.lines(since)[-30:])
                raise AssertionError(f"no log line with {patterns} within {timeout} s; logged:\n{logged}")
            time.sleep(0.05)
