"""The server's description of its API, as something that answers are measured by."""

import re
import urllib.parse

from jsonschema import Draft202012Validator, RefResolver


class Description:
    def __init__(self, document):
        self.document = document
        self.resolver = RefResolver("", document)
        self.operations = [(method.upper(), self._pattern(path), operation)
                           for path, methods in sorted(document["paths"].items(), key=self._placeholders) for method, operation in methods.items()]
        self.seen = set()

    @staticmethod
    def _placeholders(item):
        """Literal paths first, as the server looks them up."""
        return item[0].count("{"), item[0]

    @staticmethod
    def _pattern(path):
        return re.compile("/".join("[^/]+" if part.startswith("{") else re.escape(part) for part in path.split("/")))

    def find(self, method, path):
        for known, pattern, operation in self.operations:
            if known == method and pattern.fullmatch(path):
                return operation
        raise AssertionError(f"{method} {path} is not described")

    def check(self, response):
        """That the status is told of, and the answer is of its schema. @return the operation"""
        request = response.request
        operation = self.find(request.method, urllib.parse.urlsplit(request.url).path)
        name = f"{request.method} {request.url}: {response.status_code}"
        told = operation["responses"].get(str(response.status_code))
        assert told, f"{name} is not described, the answer is {response.text[:200]}"
        content = told.get("content")
        if response.content:
            assert content, f"{name}: an answer where none is described: {response.text[:200]}"
        if response.content and "application/json" in content:
            self._validate(content["application/json"]["schema"], response.json(), name)
        self.seen.add(operation["operationId"])
        return operation

    def _validate(self, schema, answer, name):
        errors = [f"{list(error.absolute_path)}: {error.message[:300]}"
                  for error in Draft202012Validator(schema, resolver=self.resolver).iter_errors(answer)]
        assert not errors, f"{name}: {errors[:5]}"
