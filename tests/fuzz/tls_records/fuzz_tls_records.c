/*
 * The record layer against a hostile peer. The input is a script of the peer: each step is a length byte, an action byte
 * and that many bytes. Actions: raw bytes as they are; or bytes sealed correctly under the current keys as a record of
 * any type, so that the fuzzer gets behind the authentication tag. A record cut in two must give the same result.
 */
#include "base/cursor.h"
#include "tls/records.h"

#include <stdlib.h>

enum { RAW = 0, SEALED = 1, UPDATE = 2, SEND = 3 };

static struct tls_crypto *crypto;

static void seal(struct tls_records *peer, uint8_t type, struct slice inner, struct buf *wire)
{
    size_t body = inner.len + 1 + TLS_TAG_SIZE;
    const uint8_t header[5] = {23, 3, 3, (uint8_t)(body >> 8), (uint8_t)body};
    buf_append(wire, header, sizeof header);
    uint8_t *room = buf_reserve(wire, body);
    CHECK(room != NULL);
    CHECK(tls_seal(crypto, peer->suite, &peer->out, header, inner, type, room) == ERR_OK);
    wire->len += body;
}

static void step(struct cursor *c, struct tls_records *peer, struct buf *wire)
{
    uint8_t len = cursor_u8(c), action = cursor_u8(c), type = cursor_u8(c);
    if (len > cursor_left(c))
        len = (uint8_t)cursor_left(c);
    struct slice bytes = cursor_bytes(c, len);
    if (action % 4 == RAW)
        buf_append_slice(wire, bytes);
    else if (action % 4 == SEALED)
        seal(peer, type, bytes, wire);
    else if (action % 4 == UPDATE)
        CHECK(tls_traffic_update(crypto, peer->suite, &peer->out) == ERR_OK);
    else
        CHECK(tls_records_send(peer, crypto, bytes, wire) == ERR_OK);
}

/* Feed in one piece or in pieces of @p piece bytes; collect the plaintext. */
static err_t feed(struct tls_records r, struct slice wire, size_t piece, struct buf *plain)
{
    AUTO_BUF out = {0};
    size_t given = 0, shown = piece;
    err_t err = ERR_OK;
    while (err == ERR_OK && given + shown <= wire.len) {
        size_t used;
        struct problem problem = {0};
        err = tls_records_receive(&r, crypto, slice_of(wire.data + given, shown), &used, plain, &out, &problem);
        CHECK(used <= shown);
        CHECK(err == ERR_OK || err == ERR_CLOSED || problem.text[0] != '\0');
        given += used;
        shown = used != 0 ? piece : shown + piece;
        if (given + shown > wire.len && given + shown - piece < wire.len && used == 0)
            shown = wire.len - given;
        if (shown == 0)
            break;
    }
    tls_records_fini(&r);
    return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor c = cursor_of(slice_of(data, size));
    struct tls_records server, peer;
    uint8_t a[TLS_SECRET_MAX] = {1}, b[TLS_SECRET_MAX] = {2};
    uint16_t suite = (uint16_t)(TLS_AES_128_GCM_SHA256 + cursor_u8(&c) % 3);
    AUTO_BUF wire = {0};
    AUTO_BUF whole = {0};
    if (crypto == NULL)
        CHECK(tls_crypto_new(&crypto) == ERR_OK);
    CHECK(tls_records_init(&server, crypto, suite, a, 0, b, 1) == ERR_OK);
    CHECK(tls_records_init(&peer, crypto, suite, b, 1, a, 0) == ERR_OK);
    server.records_per_key = 16;
    while (!c.failed && cursor_left(&c) > 0 && wire.len < 65536)
        step(&c, &peer, &wire);
    err_t once = feed(server, buf_slice(&wire), wire.len, &whole);
    if (wire.len > 0 && once == ERR_OK) {
        AUTO_BUF pieces = {0};
        (void)feed(server, buf_slice(&wire), 1 + size % 7, &pieces);
        CHECK(pieces.len <= whole.len);
        CHECK(pieces.len == 0 || memcmp(pieces.data, whole.data, pieces.len) == 0);
    }
    return 0;
}
