#include "base/text.h"
#include "pki/chain.h"

/* One certificate behind the other, cut by the length that each begins with; the last is the authority too. */
static size_t certificate_length(struct slice in)
{
    if (in.len < 4 || in.data[0] != 0x30 || in.data[1] != 0x82)
        return in.len;
    size_t len = 4 + ((size_t)in.data[2] << 8 | in.data[3]);
    return len <= in.len ? len : in.len;
}

static void look_at(const struct chain *chain, struct slice authority)
{
    static const struct certificate_rules rules = {.min_rsa_bits = 2048};
    struct problem problem = {0};
    char name[COMMON_NAME_SIZE], issuer[64];
    chain_top_issuer(chain, issuer, sizeof issuer);
    CHECK(text_is_utf8(slice_str(issuer)) && chain_issuer_count(chain) >= 1);
    (void)chain_issuer_hash(chain, chain_issuer_count(chain) - 1);
    (void)chain_is_self_issued(chain);
    CHECK(chain_common_name(chain, name, &problem) != ERR_OK || text_is_utf8(slice_str(name)));
    problem = (struct problem){0};
    err_t err = chain_check(chain, authority, 1767225600000, &rules, &problem);
    CHECK((err == ERR_OK) == (problem.text[0] == '\0') && text_is_utf8(slice_str(problem.text)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct chain_der der = {0};
    struct chain *chain;
    struct slice rest = slice_of(data, size);
    uint8_t copy[64 * 1024];
    if (size == 0 || size > sizeof copy)
        return 0;
    memcpy(copy, data, size);
    while (rest.len > 0 && der.count < CHAIN_MAX) {
        rest = slice_skip(rest, certificate_length(rest));
        der.end[der.count++] = (uint32_t)(size - rest.len);
    }
    der.bytes = copy;
    der.presented = der.count;
    if (chain_read(&der, &chain, NULL) != ERR_OK)
        return 0;
    look_at(chain, chain_der_at(&der, der.count - 1));
    chain_free(chain);
    return 0;
}
