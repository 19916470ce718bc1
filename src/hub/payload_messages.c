#include "hub/payload_messages.h"

#include "protobuf/schema.h"

#include <pthread.h>
#include <stdlib.h>

struct payloads {
    pthread_mutex_t lock; /* guards schemas; innermost rank; held for a compilation once a message */
    struct schema *schemas[OWN_COUNT];
};

/*
 * Field numbers and types are those of ThingsBoard's transport.proto and queue.proto. What devices send has `optional`
 * fields here, which is the same on the wire and tells what was left out.
 */
#define PROTO "syntax = \"proto3\";\n"
#define KEY_VALUE                                                                                            \
    "enum KeyValueType { BOOLEAN_V = 0; LONG_V = 1; DOUBLE_V = 2; STRING_V = 3; JSON_V = 4; }\n"             \
    "message KeyValueProto { string key = 1; KeyValueType type = 2; bool bool_v = 3; int64 long_v = 4;\n"    \
    "  double double_v = 5; string string_v = 6; string json_v = 7; }\n"                                     \
    "message TsKvProto { int64 ts = 1; KeyValueProto kv = 2; }\n"

static const char *const texts[OWN_COUNT] = {
    [OWN_ATTRIBUTES_REQUEST] = PROTO "package transportapi;\n"
                                     "message AttributesRequest { optional string clientKeys = 1;\n"
                                     "  optional string sharedKeys = 2; }",
    [OWN_RPC_REQUEST] =
        PROTO "package transportapi;\n"
              "message RpcRequest { optional string method = 1; optional string params = 2; }",
    [OWN_CLAIM] =
        PROTO "package transportapi;\n"
              "message ClaimDevice { optional string secretKey = 1; optional int64 durationMs = 2; }",
    [OWN_ATTRIBUTES] =
        PROTO "package transport;\n" KEY_VALUE
              "message AttributeUpdateNotificationMsg { repeated TsKvProto sharedUpdated = 1;\n"
              "  repeated string sharedDeleted = 2; }",
    [OWN_ATTRIBUTES_ANSWER] =
        PROTO "package transport;\n" KEY_VALUE "message GetAttributeResponseMsg { int32 requestId = 1;\n"
              "  repeated TsKvProto clientAttributeList = 2;\n"
              "  repeated TsKvProto sharedAttributeList = 3; }",
    [OWN_RPC_ANSWER] = PROTO "package transport;\n"
                             "message ToServerRpcResponseMsg { int32 requestId = 1; string payload = 2;\n"
                             "  string error = 3; }",
};

err_t payloads_new(struct payloads **ret)
{
    struct payloads *p = calloc(1, sizeof *p);
    if (p == NULL)
        return ERR_NOMEM;
    pthread_mutex_init(&p->lock, NULL);
    *ret = p;
    return ERR_OK;
}

void payloads_free(struct payloads *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < OWN_COUNT; i++)
        schema_free(p->schemas[i]);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

err_t payloads_schema(struct payloads *p, enum own_message message, const struct schema **ret_schema,
                      struct problem *problem)
{
    err_t err = ERR_OK;
    pthread_mutex_lock(&p->lock);
    if (p->schemas[message] == NULL)
        err = schema_compile(slice_str(texts[message]), "platform", &p->schemas[message], problem);
    *ret_schema = p->schemas[message];
    pthread_mutex_unlock(&p->lock);
    return err;
}
