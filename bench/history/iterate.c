/*
 * The bare limit of a history query: RocksDB's iterator over the points of one key, key and value read, nothing made of them.
 * usage: bench_iterate SERIES DEVICE-NUMBER KEY-NUMBER    SERIES = DIR/series, of a server that may be running
 */
#include <rocksdb/c.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PREFIX = 12, POINTS = 1, FAMILIES = 5 };

static _Noreturn void stop_with(const char *what)
{
    fprintf(stderr, "bench_iterate: %s\n", what);
    exit(1);
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void put_be(uint8_t *out, uint64_t v, size_t width)
{
    for (size_t i = 0; i < width; i++)
        out[i] = (uint8_t)(v >> (8 * (width - 1 - i)));
}

static rocksdb_t *open_store(const char *path, rocksdb_column_family_handle_t *handles[FAMILIES])
{
    static const char *const names[FAMILIES] = {"default", "point", "attribute", "key", "session"};
    const rocksdb_options_t *options[FAMILIES];
    char *error = NULL;
    for (size_t i = 0; i < FAMILIES; i++) {
        rocksdb_options_t *o = rocksdb_options_create();
        if (i == POINTS)
            rocksdb_options_set_prefix_extractor(o, rocksdb_slicetransform_create_fixed_prefix(PREFIX));
        options[i] = o;
    }
    rocksdb_t *db = rocksdb_open_for_read_only_column_families(options[0], path, FAMILIES, names, options,
                                                               handles, 0, &error);
    if (error != NULL)
        stop_with(error);
    return db;
}

static uint64_t iterate(rocksdb_iterator_t *it, const uint8_t prefix[PREFIX], uint64_t *ret_sum)
{
    uint64_t count = 0, sum = 0;
    size_t key_len, value_len;
    for (rocksdb_iter_seek(it, (const char *)prefix, PREFIX); rocksdb_iter_valid(it); rocksdb_iter_next(it)) {
        const char *key = rocksdb_iter_key(it, &key_len), *value = rocksdb_iter_value(it, &value_len);
        sum += (uint8_t)key[key_len - 1] + (uint8_t)value[value_len - 1];
        count++;
    }
    *ret_sum = sum;
    return count;
}

int main(int argc, char **argv)
{
    uint8_t prefix[PREFIX];
    uint64_t count = 0, sum = 0;
    rocksdb_column_family_handle_t *handles[FAMILIES];
    if (argc != 4)
        stop_with("usage: bench_iterate SERIES DEVICE-NUMBER KEY-NUMBER");
    put_be(prefix, strtoull(argv[2], NULL, 10), 8);
    put_be(prefix + 8, strtoull(argv[3], NULL, 10), 4);
    rocksdb_t *db = open_store(argv[1], handles);
    rocksdb_readoptions_t *options = rocksdb_readoptions_create();
    rocksdb_readoptions_set_prefix_same_as_start(options, 1);
    double seconds = 0;
    for (int turn = 0; turn < 2; turn++) { /* the first fills the cache of the system */
        rocksdb_iterator_t *it = rocksdb_create_iterator_cf(db, options, handles[POINTS]);
        double begun = now_s();
        count = iterate(it, prefix, &sum);
        seconds = now_s() - begun;
        rocksdb_iter_destroy(it);
    }
    printf("{\"points\": %llu, \"seconds\": %.4f, \"check\": %llu}\n", (unsigned long long)count, seconds,
           (unsigned long long)sum);
    for (size_t i = 0; i < FAMILIES; i++)
        rocksdb_column_family_handle_destroy(handles[i]);
    rocksdb_close(db);
    return 0;
}
