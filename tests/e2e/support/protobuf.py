"""Messages as a device's own software makes and reads them: with protoc, from text format."""

import subprocess

TRANSPORT = """
syntax = "proto3";
package transport;
enum KeyValueType { BOOLEAN_V = 0; LONG_V = 1; DOUBLE_V = 2; STRING_V = 3; JSON_V = 4; }
message KeyValueProto { string key = 1; KeyValueType type = 2; bool bool_v = 3; int64 long_v = 4; double double_v = 5;
  string string_v = 6; string json_v = 7; }
message TsKvProto { int64 ts = 1; KeyValueProto kv = 2; optional int64 version = 3; }
message AttributesRequest { string clientKeys = 1; string sharedKeys = 2; }
message GetAttributeResponseMsg { int32 requestId = 1; repeated TsKvProto clientAttributeList = 2;
  repeated TsKvProto sharedAttributeList = 3; bool isMultipleAttributesRequest = 4; string error = 5; bool sharedStateMsg = 6; }
message AttributeUpdateNotificationMsg { repeated TsKvProto sharedUpdated = 1; repeated string sharedDeleted = 2; }
"""


class Protoc:
    """What is compiled into a device: one .proto file."""

    def __init__(self, folder, text):
        self.folder = folder
        (folder / "device.proto").write_text(text)

    def _run(self, option, message, given):
        done = subprocess.run(["protoc", f"-I{self.folder}", f"--{option}={message}", "device.proto"], input=given,
                              capture_output=True, timeout=20, cwd=self.folder)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def encode(self, message, text):
        """Text format -> bytes."""
        return self._run("encode", message, text.encode())

    def decode(self, message, payload):
        """Bytes -> text format, in one line."""
        return " ".join(self._run("decode", message, payload).decode().split())
