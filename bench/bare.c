/* bare - the limit server: OpenSSL and epoll in one thread, and nothing else.
 *
 * It shakes hands with mutual TLS as a server with OpenSSL's defaults does, accepts any client certificate
 * whose key is held, answers CONNECT with CONNACK and PUBLISH QoS 1 with PUBACK, and stores nothing. It is
 * the yardstick for the CPU and the memory of a login, not a server to use: it trusts its client's packets to
 * be well-formed and drops the connection if they are not. */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    READ_SIZE = 16384,   /* one TLS record */
    PACKET_MAX = 65536,  /* a longer packet ends the connection */
    ANSWERS_MAX = 65536, /* to the packets of one read; a client that overflows it is dropped */
    EVENTS_AT_ONCE = 256,
};

struct settings {
    uint16_t port; /* 0: any free one */
    const char *cert, *key;
    bool no_tickets, tls12;
};

struct client {
    int fd;
    SSL *ssl;
    bool is_up;      /* handshake done */
    uint8_t proto;   /* 4 or 5, from CONNECT */
    uint32_t n_part; /* bytes of an incomplete packet */
    uint8_t *part;   /* owned; NULL when there is none */
};

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "bare: %s: %s\n", what, errno != 0 ? strerror(errno) : "failed");
    ERR_print_errors_fp(stderr);
    exit(1);
}

static int accept_any(int preverify_ok, X509_STORE_CTX *store)
{
    (void)preverify_ok;
    (void)store;
    return 1;
}

static SSL_CTX *new_context(const struct settings *s)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    if (ctx == NULL || SSL_CTX_use_certificate_chain_file(ctx, s->cert) != 1 ||
        SSL_CTX_use_PrivateKey_file(ctx, s->key, SSL_FILETYPE_PEM) != 1) {
        fail("cannot load the certificate or its key");
    }
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    if (s->tls12) {
        SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
    }
    if (s->no_tickets) {
        SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
        SSL_CTX_set_num_tickets(ctx, 0);
    }
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, accept_any);
    SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"bare", 4);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    return ctx;
}

static int listen_on(uint16_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int one = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    struct sockaddr_in a = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t size = sizeof(a);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, size) != 0 || listen(fd, 1024) != 0 ||
        getsockname(fd, (struct sockaddr *)&a, &size) != 0) {
        fail("cannot listen");
    }
    printf("LISTENING %u\n", ntohs(a.sin_port));
    fflush(stdout);
    return fd;
}

static void client_free(struct client *c)
{
    SSL_free(c->ssl);
    close(c->fd);
    free(c->part);
    free(c);
}

static bool accept_one(SSL_CTX *ctx, int epoll_fd, int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    struct client *c = calloc(1, sizeof(*c));
    if (c == NULL) {
        fail("memory is out");
    }
    *c = (struct client){.fd = fd, .ssl = SSL_new(ctx)};
    if (c->ssl == NULL || SSL_set_fd(c->ssl, fd) != 1) {
        fail("memory is out");
    }
    SSL_set_accept_state(c->ssl);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e) != 0) {
        fail("epoll_ctl");
    }
    return true;
}

/* Length of the packet at the front: 0 if it is not complete, -1 if it is too long. `body` is where it
 * starts. */
static long packet_len(const uint8_t *p, size_t n, size_t *body)
{
    size_t at = 1, len = 0;
    for (unsigned shift = 0; at < n && shift <= 21; shift += 7) {
        len |= (size_t)(p[at] & 0x7f) << shift;
        if ((p[at++] & 0x80) == 0) {
            *body = at;
            if (at + len > PACKET_MAX) {
                return -1;
            }
            return at + len <= n ? (long)(at + len) : 0;
        }
    }
    return at >= 5 ? -1 : 0;
}

static size_t answer_connect(struct client *c, const uint8_t *body, size_t n, uint8_t *out)
{
    static const uint8_t connack[] = {0x20, 2, 0, 0};
    static const uint8_t connack5[] = {0x20, 3, 0, 0, 0};
    c->proto = n > 6 ? body[6] : 4;
    bool is5 = c->proto == 5;
    memcpy(out, is5 ? connack5 : connack, is5 ? sizeof(connack5) : sizeof(connack));
    return is5 ? sizeof(connack5) : sizeof(connack);
}

static size_t answer_publish(const uint8_t *body, size_t n, uint8_t *out)
{
    size_t topic = n >= 2 ? (size_t)body[0] << 8 | body[1] : n;
    if (topic + 4 > n) {
        return 0;
    }
    const uint8_t puback[] = {0x40, 2, body[topic + 2], body[topic + 3]};
    memcpy(out, puback, sizeof(puback));
    return sizeof(puback);
}

/* @return length of the answer in `out`, which has room for 5 bytes; -1: the client takes its leave */
static int answer(struct client *c, uint8_t first, const uint8_t *body, size_t n, uint8_t *out)
{
    switch (first & 0xf6) { /* without DUP and RETAIN */
    case 0x10: return (int)answer_connect(c, body, n, out);
    case 0x32: return (int)answer_publish(body, n, out);
    case 0xc0: memcpy(out, "\xd0", 2); return 2;
    case 0xe0: return -1;
    default: return 0;
    }
}

/* Keep what is left of the input for the next read. */
static bool keep_part(struct client *c, const uint8_t *p, size_t n)
{
    if (n == 0) {
        free(c->part);
        c->part = NULL;
    } else {
        uint8_t *part = realloc(c->part, n);
        if (part == NULL) {
            return false;
        }
        memcpy(part, p, n);
        c->part = part;
    }
    c->n_part = (uint32_t)n;
    return true;
}

/* Answer all complete packets with one write. @return false if the connection is over */
static bool serve_packets(struct client *c, const uint8_t *p, size_t n)
{
    static uint8_t out[ANSWERS_MAX]; /* shared: one thread; a client that overflows it is dropped */
    size_t n_out = 0, body = 0;
    long len;
    while ((len = packet_len(p, n, &body)) > 0) {
        int answered = answer(c, p[0], p + body, (size_t)len - body, out + n_out);
        if (answered < 0 || n_out + 16 > sizeof(out)) {
            return false;
        }
        n_out += (size_t)answered;
        p += len;
        n -= (size_t)len;
    }
    /* The socket's buffer takes the few bytes of an answer; a client that does not read them is dropped. */
    if (len < 0 || (n_out != 0 && SSL_write(c->ssl, out, (int)n_out) != (int)n_out)) {
        return false;
    }
    return keep_part(c, p, n);
}

static bool wants_more(SSL *ssl, int result)
{
    int e = SSL_get_error(ssl, result);
    return e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE;
}

/* @return false if the connection is over */
static bool serve(struct client *c)
{
    static uint8_t in[PACKET_MAX + READ_SIZE];
    ERR_clear_error();
    if (!c->is_up) {
        int done = SSL_do_handshake(c->ssl);
        if (done != 1) {
            return wants_more(c->ssl, done);
        }
        c->is_up = true;
    }
    for (;;) {
        if (c->n_part != 0) {
            memcpy(in, c->part, c->n_part);
        }
        int n = SSL_read(c->ssl, in + c->n_part, READ_SIZE);
        if (n <= 0) {
            return wants_more(c->ssl, n);
        }
        if (!serve_packets(c, in, c->n_part + (size_t)n)) {
            return false;
        }
    }
}

static _Noreturn void loop(SSL_CTX *ctx, int listener)
{
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL};
    if (epoll_fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &e) != 0) {
        fail("epoll");
    }
    for (;;) {
        struct epoll_event events[EVENTS_AT_ONCE];
        int n = epoll_wait(epoll_fd, events, EVENTS_AT_ONCE, -1);
        for (int i = 0; i < n; i++) {
            struct client *c = events[i].data.ptr;
            if (c == NULL) {
                while (accept_one(ctx, epoll_fd, listener)) {
                }
            } else if (!serve(c)) {
                client_free(c);
            }
        }
    }
}

static void parse(struct settings *s, int argc, char **argv)
{
    static const struct option options[] = {
        {"port", required_argument, NULL, 'p'}, {"cert", required_argument, NULL, 'c'},
        {"key", required_argument, NULL, 'k'},  {"no-tickets", no_argument, NULL, 'n'},
        {"tls12", no_argument, NULL, '2'},      {NULL, 0, NULL, 0},
    };
    int id;
    while ((id = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (id) {
        case 'p': s->port = (uint16_t)strtoul(optarg, NULL, 10); break;
        case 'c': s->cert = optarg; break;
        case 'k': s->key = optarg; break;
        case 'n': s->no_tickets = true; break;
        case '2': s->tls12 = true; break;
        default: exit(2);
        }
    }
    if (s->cert == NULL || s->key == NULL || optind != argc) {
        fprintf(stderr, "usage: bare --cert F --key F [--port N] [--no-tickets] [--tls12]\n");
        exit(2);
    }
}

int main(int argc, char **argv)
{
    struct settings settings = {0};
    parse(&settings, argc, argv);
    signal(SIGPIPE, SIG_IGN);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    loop(new_context(&settings), listen_on(settings.port));
}
