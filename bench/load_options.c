#include "load_options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: load MODE --port N [option...]\n"
    "\n"
    "MODE is one of\n"
    "  handshake   full mutual-TLS handshake, CONNECT, CONNACK, close; again and again\n"
    "  publish     QoS 1 PUBLISH with a fixed number in flight on each connection\n"
    "  hold        open idle connections, print READY, keep them until standard input ends\n"
    "\n"
    "  --host A          server, in 127.0.0.0/8 (127.0.0.1)\n"
    "  --port N          server's TLS port\n"
    "  --cafile F        check the server's certificate against F\n"
    "  --cert F --key F  client certificate of all connections\n"
    "  --identities DIR  client certificates, one PEM file with its key each, used in turn\n"
    "  --first N         which of them the first connection takes (0)\n"
    "  --connections N   handshake: so many at once; others: so many in all (16)\n"
    "  --parallel N      publish, hold: so many handshakes at once (16)\n"
    "  --seconds N       measured time (5)\n"
    "  --warmup N        seconds before that (1)\n"
    "  --count N         end after N measured logins or acknowledgements (0: by time alone)\n"
    "  --inflight N      publish: unacknowledged messages on each connection (1)\n"
    "  --topic T         (v1/devices/me/telemetry)\n"
    "  --payload P       \"$ts\" in it becomes a rising time in milliseconds\n"
    "  --ts-base MS      first such time (now)\n"
    "  --subscribe F     hold: subscribe to F; tell when the first and last of them had a message\n"
    "  --proto 4|5       MQTT 3.1.1 or 5.0 (4)\n"
    "  --keepalive N     seconds (0)\n"
    "  --id-prefix S     of the client ids (bench)\n"
    "  --sources N       use N client addresses (1)\n"
    "  --tls12           TLS 1.2 instead of 1.3\n"
    "  --resume          handshake: resume the session of the login before\n"
    "  --server-pid N    report this process's CPU time over the measured time\n"
    "\n"
    "The result is one line of JSON on standard output.\n";

enum option_id {
    OPT_HOST = 256, /* past every short option's letter */
    OPT_PORT,
    OPT_CAFILE,
    OPT_CERT,
    OPT_KEY,
    OPT_IDENTITIES,
    OPT_FIRST,
    OPT_CONNECTIONS,
    OPT_PARALLEL,
    OPT_SECONDS,
    OPT_WARMUP,
    OPT_COUNT,
    OPT_INFLIGHT,
    OPT_TOPIC,
    OPT_PAYLOAD,
    OPT_TS_BASE,
    OPT_SUBSCRIBE,
    OPT_PROTO,
    OPT_KEEPALIVE,
    OPT_ID_PREFIX,
    OPT_SOURCES,
    OPT_TLS12,
    OPT_RESUME,
    OPT_SERVER_PID,
    OPT_HELP,
};

static const struct option long_options[] = {
    {"host", required_argument, NULL, OPT_HOST},
    {"port", required_argument, NULL, OPT_PORT},
    {"cafile", required_argument, NULL, OPT_CAFILE},
    {"cert", required_argument, NULL, OPT_CERT},
    {"key", required_argument, NULL, OPT_KEY},
    {"identities", required_argument, NULL, OPT_IDENTITIES},
    {"first", required_argument, NULL, OPT_FIRST},
    {"connections", required_argument, NULL, OPT_CONNECTIONS},
    {"parallel", required_argument, NULL, OPT_PARALLEL},
    {"seconds", required_argument, NULL, OPT_SECONDS},
    {"warmup", required_argument, NULL, OPT_WARMUP},
    {"count", required_argument, NULL, OPT_COUNT},
    {"inflight", required_argument, NULL, OPT_INFLIGHT},
    {"topic", required_argument, NULL, OPT_TOPIC},
    {"payload", required_argument, NULL, OPT_PAYLOAD},
    {"ts-base", required_argument, NULL, OPT_TS_BASE},
    {"subscribe", required_argument, NULL, OPT_SUBSCRIBE},
    {"proto", required_argument, NULL, OPT_PROTO},
    {"keepalive", required_argument, NULL, OPT_KEEPALIVE},
    {"id-prefix", required_argument, NULL, OPT_ID_PREFIX},
    {"sources", required_argument, NULL, OPT_SOURCES},
    {"tls12", no_argument, NULL, OPT_TLS12},
    {"resume", no_argument, NULL, OPT_RESUME},
    {"server-pid", required_argument, NULL, OPT_SERVER_PID},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

static _Noreturn void __attribute__((format(printf, 1, 2))) refuse(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, args);
    va_end(args);
    fputs("\nload --help tells the options\n", stderr);
    exit(2);
}

static uint64_t number(const char *name, const char *text, uint64_t min, uint64_t max)
{
    char *end = NULL;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || n < min || n > max) {
        refuse("%s must be a number from %llu to %llu, not '%s'", name, (unsigned long long)min,
               (unsigned long long)max, text);
    }
    return n;
}

static unsigned small_number(const char *name, const char *text, unsigned min, unsigned max)
{
    return (unsigned)number(name, text, min, max);
}

static struct in_addr loopback(const char *text)
{
    struct in_addr a = {0};
    if (inet_pton(AF_INET, text, &a) != 1 || (ntohl(a.s_addr) >> 24) != 127) {
        refuse("--host must be an address in 127.0.0.0/8, not '%s'", text);
    }
    return a;
}

static enum load_mode mode_from(const char *text)
{
    for (enum load_mode m = LOAD_HANDSHAKE; m <= LOAD_HOLD; m++) {
        if (strcmp(text, load_mode_name(m)) == 0) {
            return m;
        }
    }
    refuse("unknown mode '%s'", text);
}

const char *load_mode_name(enum load_mode mode)
{
    static const char *const names[] = {"handshake", "publish", "hold"};
    return names[mode];
}

static void defaults(struct load_options *o)
{
    *o = (struct load_options){
        .host = {htonl(INADDR_LOOPBACK)},
        .topic = "v1/devices/me/telemetry",
        .payload = "{\"ts\":$ts,\"values\":{\"temperature\":25.5}}",
        .id_prefix = "bench",
        .connections = 16,
        .parallel = 16,
        .inflight = 1,
        .sources = 1,
        .warmup_s = 1,
        .seconds = 5,
        .proto = 4,
    };
}

static void set(struct load_options *o, enum option_id id, const char *name, const char *arg)
{
    switch (id) {
    case OPT_HOST: o->host = loopback(arg); break;
    case OPT_PORT: o->port = (uint16_t)number(name, arg, 1, UINT16_MAX); break;
    case OPT_CAFILE: o->cafile = arg; break;
    case OPT_CERT: o->cert = arg; break;
    case OPT_KEY: o->key = arg; break;
    case OPT_IDENTITIES: o->identities = arg; break;
    case OPT_FIRST: o->first = small_number(name, arg, 0, LOAD_MAX_CONNECTIONS); break;
    case OPT_CONNECTIONS: o->connections = small_number(name, arg, 1, LOAD_MAX_CONNECTIONS); break;
    case OPT_PARALLEL: o->parallel = small_number(name, arg, 1, LOAD_MAX_CONNECTIONS); break;
    case OPT_SECONDS: o->seconds = small_number(name, arg, 1, LOAD_MAX_SECONDS); break;
    case OPT_WARMUP: o->warmup_s = small_number(name, arg, 0, LOAD_MAX_SECONDS); break;
    case OPT_COUNT: o->count = number(name, arg, 0, 1000000000); break;
    case OPT_INFLIGHT: o->inflight = small_number(name, arg, 1, LOAD_MAX_INFLIGHT); break;
    case OPT_TOPIC: o->topic = arg; break;
    case OPT_PAYLOAD: o->payload = arg; break;
    case OPT_TS_BASE: o->ts_base_ms = number(name, arg, 1000000000000, 8000000000000); break;
    case OPT_SUBSCRIBE:
        if (strlen(arg) > LOAD_MAX_TOPIC) {
            refuse("%s must have at most %d bytes", name, LOAD_MAX_TOPIC);
        }
        o->subscribe = arg;
        break;
    case OPT_PROTO: o->proto = (uint8_t)number(name, arg, 4, 5); break;
    case OPT_KEEPALIVE: o->keepalive_s = small_number(name, arg, 0, UINT16_MAX); break;
    case OPT_ID_PREFIX: o->id_prefix = arg; break;
    case OPT_SOURCES: o->sources = small_number(name, arg, 1, 60000); break;
    case OPT_TLS12: o->tls12 = true; break;
    case OPT_RESUME: o->resume = true; break;
    case OPT_SERVER_PID: o->server_pid = (pid_t)number(name, arg, 1, INT32_MAX); break;
    case OPT_HELP: fputs(usage, stdout); exit(0);
    }
}

static void check(const struct load_options *o)
{
    if (o->port == 0) {
        refuse("--port is missing");
    }
    if ((o->cert == NULL) != (o->key == NULL)) {
        refuse("--cert and --key go together");
    }
    if (o->cert != NULL && o->identities != NULL) {
        refuse("--cert and --identities exclude each other");
    }
    if (strlen(o->id_prefix) > 8) {
        refuse("--id-prefix is longer than 8 bytes");
    }
    if (strlen(o->payload) > LOAD_MAX_PAYLOAD || strlen(o->topic) > LOAD_MAX_TOPIC) {
        refuse("--topic holds at most %d bytes, --payload %d", LOAD_MAX_TOPIC, LOAD_MAX_PAYLOAD);
    }
}

void load_options_parse(struct load_options *o, int argc, char **argv)
{
    defaults(o);
    int id, index = 0;
    while ((id = getopt_long(argc, argv, "", long_options, &index)) != -1) {
        if (id == '?') {
            refuse("see above");
        }
        set(o, (enum option_id)id, long_options[index].name, optarg);
    }
    if (optind + 1 != argc) {
        refuse("one mode is expected: handshake, publish or hold");
    }
    o->mode = mode_from(argv[optind]);
    check(o);
}
