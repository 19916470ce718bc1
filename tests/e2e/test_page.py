"""The page as files: embedded, compressed, with headers that keep it closed."""

import re

import requests


def test_page_is_served(server):
    answer = requests.get(server.url + "/", timeout=10)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "Content-Security-Policy" in answer.headers
    assert answer.headers.get("X-Content-Type-Options") == "nosniff"
    scripts = re.findall(r'(?:src|href)="(/[^"]+\.(?:js|css))"', answer.text)
    assert scripts
    for path in scripts:
        part = requests.get(server.url + path, timeout=10)
        assert part.status_code == 200
        assert ("javascript" if path.endswith(".js") else "css") in part.headers["Content-Type"]
        assert "max-age" in part.headers.get("Cache-Control", "")


def test_compressed_when_asked(server):
    path = re.search(r'src="(/assets/[^"]+\.js)"', requests.get(server.url + "/", timeout=10).text)[1]
    plain = requests.get(server.url + path, headers={"Accept-Encoding": "identity"}, timeout=10)
    packed = requests.get(server.url + path, headers={"Accept-Encoding": "gzip"}, timeout=10)
    assert "Content-Encoding" not in plain.headers
    assert packed.content == plain.content


def test_addresses_inside_the_page(server):
    """A reload on any view gives the page; a missing file does not."""
    for path in ("/groups/all", "/login"):
        answer = requests.get(server.url + path, timeout=10)
        assert answer.status_code == 200 and "<html" in answer.text
    assert requests.get(server.url + "/assets/missing.js", timeout=10).status_code == 404


def test_page_on_the_tls_port(server):
    answer = requests.get(f"https://localhost:{server.https_port}/", verify=str(server.chain), timeout=10)
    assert answer.status_code == 200 and "<html" in answer.text
