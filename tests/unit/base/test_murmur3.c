#include "base/murmur3.h"

#include "base/text.h"
#include "unit.h"

/* Bytes i * 7 + 3; the results are Guava 31.1's. */
static const struct {
    size_t len;
    const char *x86_32, *x64_128;
} rows[] = {
    {0, "00000000", "00000000000000000000000000000000"},
    {1, "76802a5e", "593e6a30ddc66a72e4a8b5c52711714e"},
    {3, "129d66c6", "ce3db5f3caeb3f6e88b6ff75e383bbe5"},
    {4, "1993008f", "06aad0de82ed290e8588c202180cb2ad"},
    {5, "42adaf11", "7083c87456ed2aa8589394500832a030"},
    {8, "21a7ecf4", "bdd332919a2aeea53a007e613a7f9e25"},
    {9, "34083d9d", "b6dbfa0aa12eba5196041e13c353811f"},
    {15, "5b69115d", "f4e4ad805e4b6aba6df2e8f78f5a0ee0"},
    {16, "42e9f583", "a14e8f2fc599b0c448fe2ad91902677d"},
    {17, "ea50c7fa", "27b153fe394baed4e9db81663b450266"},
    {31, "996c5a63", "fb3604f0dffe919dd0bf7e73ba51a87e"},
    {33, "ea6fc193", "1a2ff7c4d85767b1a6602d0756ee7191"},
    {1000, "221155ea", "49aadcbaef89f70a6b54bbd9b9a1d80b"},
};

static uint8_t bytes[1000];

static void expect(size_t row, size_t piece)
{
    struct murmur3_32 small = {0};
    struct murmur3_128 large = {0};
    uint8_t out[MURMUR3_128_SIZE];
    char text[2 * MURMUR3_128_SIZE + 1];
    for (size_t at = 0; at < rows[row].len; at += piece) {
        size_t n = rows[row].len - at < piece ? rows[row].len - at : piece;
        murmur3_32_add(&small, slice_of(bytes + at, n));
        murmur3_128_add(&large, slice_of(bytes + at, n));
    }
    murmur3_32_end(&small, out);
    text_to_hex(slice_of(out, MURMUR3_32_SIZE), text);
    assert_string_equal(text, rows[row].x86_32);
    murmur3_128_end(&large, out);
    text_to_hex(slice_of(out, MURMUR3_128_SIZE), text);
    assert_string_equal(text, rows[row].x64_128);
}

static void known_results_whatever_the_pieces(void **state)
{
    static const size_t pieces[] = {1, 2, 3, 4, 5, 7, 11, 15, 16, 17, 31, 64, 1000};
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7 + 3);
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++)
        for (size_t p = 0; p < sizeof pieces / sizeof pieces[0]; p++)
            expect(row, pieces[p]);
}

static void empty_pieces_change_nothing(void **state)
{
    struct murmur3_128 a = {0}, b = {0};
    uint8_t out_a[MURMUR3_128_SIZE], out_b[MURMUR3_128_SIZE];
    murmur3_128_add(&a, SLICE("abcdefghijklmnopqrstuvwxyz"));
    murmur3_128_add(&b, slice_of(NULL, 0));
    murmur3_128_add(&b, SLICE("abcdefghijklm"));
    murmur3_128_add(&b, slice_of(NULL, 0));
    murmur3_128_add(&b, SLICE("nopqrstuvwxyz"));
    murmur3_128_end(&a, out_a);
    murmur3_128_end(&b, out_b);
    assert_memory_equal(out_a, out_b, sizeof out_a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_results_whatever_the_pieces),
        cmocka_unit_test(empty_pieces_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
