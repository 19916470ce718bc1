#include "base/text.h"
#include "pki/certificate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct certificate_rules rules = {.min_rsa_bits = 2048};
    struct certificate_view view;
    struct problem problem = {0};
    if (certificate_view_read(slice_of(data, size), &view, &problem) != ERR_OK) {
        CHECK(problem.text[0] != '\0');
        return 0;
    }
    CHECK(text_is_utf8(slice_str(view.subject)) && text_is_utf8(slice_str(view.issuer)));
    CHECK(view.san_count <= CERTIFICATE_SAN_MAX && view.san_count <= view.san_total);
    CHECK(certificate_check(&view, 1767225600000, &rules, &problem) == ERR_OK || problem.text[0] != '\0');
    CHECK(certificate_not_after(buf_slice(&view.base64)) == view.not_after_ms);
    certificate_view_fini(&view);
    return 0;
}
