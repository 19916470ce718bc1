"""openssl s_client as a device: its standard input is the MQTT byte stream, its commands drive TLS."""

import os
import pty
import re
import select
import subprocess
import time


class SClient:
    """Interactive s_client on a pseudo terminal, so that single letters are commands (k, K, Q) and lines are data."""

    def __init__(self, server, identity, *arguments, interactive=False):
        command = ["openssl", "s_client", "-connect", f"127.0.0.1:{server.mqtts_port}", "-servername", "localhost",
                   "-CAfile", str(server.chain), "-verify_return_error", "-cert", str(identity.cert),
                   "-key", str(identity.key), *map(str, arguments)]
        if not interactive:
            command += ["-quiet", "-ign_eof"]
        self.master = None
        if interactive:
            self.master, slave = pty.openpty()
            import tty
            tty.setraw(self.master)
            tty.setraw(slave)
            stdin = slave
        else:
            stdin = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0)
        if interactive:
            os.close(slave)
        self.output = b""

    def send(self, data):
        if self.master is None:
            self.process.stdin.write(data)
        else:
            os.write(self.master, data)

    def wait_output(self, pattern, timeout=10, since=0):
        """Until the output since the position matches; @return the match"""
        deadline = time.monotonic() + timeout
        while True:
            match = re.search(pattern, self.output[since:], re.S)
            if match:
                return match
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise AssertionError(f"{pattern} not within {timeout} s in {self.output[since:]!r}")
            data = os.read(self.process.stdout.fileno(), 65536)
            if not data:
                raise AssertionError(f"s_client ended before {pattern}: {self.output[since:]!r}")
            self.output += data

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        if self.master is not None:
            os.close(self.master)
        elif self.process.stdin:
            self.process.stdin.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
