#include "pki/pem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pem_chain chain;
    struct problem problem = {0};
    if (pem_read_certificates(slice_of(data, size), &chain, &problem) == ERR_OK) {
        CHECK(chain.count >= 1 && chain.count <= PEM_CHAIN_MAX);
        /* What is taken is a fixed point: the DER itself is taken too, unchanged. */
        struct pem_chain again;
        CHECK(pem_read_certificates(buf_slice(&chain.der[0]), &again, NULL) == ERR_OK);
        CHECK(slice_eq(buf_slice(&chain.der[0]), buf_slice(&again.der[0])));
        pem_chain_fini(&again);
        pem_chain_fini(&chain);
    } else {
        CHECK(problem.text[0] != '\0');
    }
    return 0;
}
