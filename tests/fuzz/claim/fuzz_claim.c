/* What a device says when it lets itself be claimed. */
#include "hub/claim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct claim_terms terms = {.duration_ms = 7};
    struct problem problem = {0};
    err_t err = claim_read(slice_of(data, size), 64, &terms, &problem);
    CHECK(err == ERR_OK || err == ERR_INVALID || err == ERR_LIMIT);
    CHECK(err == ERR_OK || (problem.text[0] != '\0' && terms.duration_ms == 7));
    CHECK(size != 0 || err == ERR_OK);
    CHECK(memchr(terms.secret, 0, sizeof terms.secret) != NULL && terms.duration_ms <= INT64_MAX);
    return 0;
}
