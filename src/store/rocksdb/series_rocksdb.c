#include "store/rocksdb/series_rocksdb.h"

#include "base/cursor.h"
#include "store/path.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

enum {
    MIB = 1024 * 1024,
    LAYOUT_VERSION = 1,

    /* Memory: the cache, and per family two tables in memory of the size given below. */
    BLOCK_CACHE_BYTES = 16 * MIB,
    BLOCK_BYTES = 16 * 1024,
    OPEN_FILES_MAX = 512,

    /* What a start after a crash has to read again. */
    WAL_BYTES_MAX = 48 * MIB,

    POINT_BUCKETS = 65536, /* of the hashed memtable: 512 KiB */
    BLOOM_BITS = 10,
};

static const struct {
    const char *name;
    size_t memtable_bytes;
} families[FAMILIES] = {
    [FAMILY_META] = {"default", MIB},
    [FAMILY_POINT] = {"point", 16 * MIB},
    [FAMILY_ATTRIBUTE] = {"attribute", 4 * MIB},
    [FAMILY_KEY] = {"key", 2 * MIB},
    [FAMILY_SESSION] = {"session", 2 * MIB},
    [FAMILY_OUTBOX] = {"outbox", 4 * MIB},
};

static const struct series_ops rocksdb_ops;

/* The C interface reports errors as text only. */
err_t rocks_error(char *text, const char *doing, struct problem *problem)
{
    err_t err = ERR_IO;
    if (text == NULL)
        return ERR_OK;
    if (strstr(text, "No space left") != NULL || strstr(text, "quota exceeded") != NULL)
        err = ERR_FULL;
    else if (strstr(text, "lock hold by current process") != NULL || strstr(text, "While lock file") != NULL)
        err = ERR_CONFLICT;
    else if (strcmp(doing, "open") == 0 &&
             (strncmp(text, "Corruption", 10) == 0 || strncmp(text, "Invalid argument", 16) == 0))
        err = ERR_INVALID; /* later on it is not the caller's fault */
    err = fail(problem, err, "", "cannot %s the series store: %s", doing, text);
    rocksdb_free(text);
    return err;
}

static void set_tables(rocksdb_options_t *o, enum family family, rocksdb_cache_t *cache)
{
    rocksdb_block_based_table_options_t *t = rocksdb_block_based_options_create();
    rocksdb_block_based_options_set_block_cache(t, cache);
    rocksdb_block_based_options_set_block_size(t, BLOCK_BYTES);
    rocksdb_block_based_options_set_format_version(t, 5);
    rocksdb_block_based_options_set_cache_index_and_filter_blocks(t, 1);
    rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(t, 1);
    rocksdb_block_based_options_set_filter_policy(t, rocksdb_filterpolicy_create_bloom_full(BLOOM_BITS));
    rocksdb_block_based_options_set_whole_key_filtering(t, family != FAMILY_POINT);
    rocksdb_options_set_block_based_table_factory(o, t);
    rocksdb_block_based_options_destroy(t);
}

static rocksdb_options_t *family_options(struct rocksdb_series *s, enum family family, rocksdb_cache_t *cache)
{
    rocksdb_options_t *o = rocksdb_options_create();
    set_tables(o, family, cache);
    rocksdb_options_set_write_buffer_size(o, families[family].memtable_bytes);
    rocksdb_options_set_max_write_buffer_number(o, 2);
    rocksdb_options_set_level_compaction_dynamic_level_bytes(o, 1);
    rocksdb_options_set_compression(o, rocksdb_lz4_compression);
    if (family != FAMILY_POINT)
        return o;
    rocksdb_options_set_prefix_extractor(o, rocksdb_slicetransform_create_fixed_prefix(POINT_PREFIX_BYTES));
    rocksdb_options_set_hash_link_list_rep(o, POINT_BUCKETS);
    rocksdb_options_set_compaction_filter_factory(o, rocks_expiry_filter(s));
    rocksdb_options_set_bottommost_compression(o, rocksdb_zstd_compression);
    return o;
}

static rocksdb_options_t *store_options(bool create)
{
    rocksdb_options_t *o = rocksdb_options_create();
    rocksdb_options_set_create_if_missing(o, create);
    rocksdb_options_set_create_missing_column_families(o, 1); /* those that an earlier version did not have */
    rocksdb_options_set_allow_concurrent_memtable_write(o, 0); /* hashed memtables cannot */
    rocksdb_options_set_max_total_wal_size(o, WAL_BYTES_MAX);
    rocksdb_options_set_max_background_jobs(o, 2);
    rocksdb_options_set_max_open_files(o, OPEN_FILES_MAX);
    rocksdb_options_set_bytes_per_sync(o, MIB); /* no bursts of writing that delay a sync of the log */
    /* Headers only. Its log stands on the same disk, and Debian's build, which has assertions, ends the process when it is to
     * say that the disk is full and an earlier line did not fit. What fails is told by the error of the next call. */
    rocksdb_options_set_info_log_level(o, 5);
    rocksdb_options_set_keep_log_file_num(o, 2);
    rocksdb_options_set_max_log_file_size(o, MIB);
    rocksdb_options_set_stats_dump_period_sec(o, 0);
    rocksdb_options_set_stats_persist_period_sec(o, 0);
    return o;
}

static err_t open_families(struct rocksdb_series *s, const char *path, bool create, struct problem *problem)
{
    const char *names[FAMILIES];
    rocksdb_options_t *options[FAMILIES], *store = store_options(create);
    rocksdb_cache_t *cache = rocksdb_cache_create_lru(BLOCK_CACHE_BYTES);
    char *error = NULL;
    for (size_t i = 0; i < FAMILIES; i++) {
        names[i] = families[i].name;
        options[i] = family_options(s, (enum family)i, cache);
    }
    s->db = rocksdb_open_column_families(store, path, FAMILIES, names,
                                         (const rocksdb_options_t *const *)options, s->families, &error);
    for (size_t i = 0; i < FAMILIES; i++)
        rocksdb_options_destroy(options[i]);
    rocksdb_options_destroy(store);
    rocksdb_cache_destroy(cache);
    return rocks_error(error, "open", problem);
}

static void put_meta(struct rocksdb_series *s, const char *key, uint32_t value)
{
    AUTO_BUF bytes = {0};
    buf_append_u32(&bytes, value);
    rocksdb_writebatch_put_cf(s->batch, s->families[FAMILY_META], key, strlen(key), (const char *)bytes.data,
                              bytes.len);
}

/* 0 when there is none. */
static err_t get_meta(struct rocksdb_series *s, const char *key, uint32_t *ret_value, struct problem *problem)
{
    char *error = NULL;
    size_t len = 0;
    char *bytes = rocksdb_get_cf(s->db, s->read, s->families[FAMILY_META], key, strlen(key), &len, &error);
    TRY(rocks_error(error, "read", problem));
    if (bytes == NULL) {
        *ret_value = 0;
        return ERR_OK;
    }
    struct cursor c = cursor_of(slice_of(bytes, len));
    *ret_value = cursor_u32(&c);
    free(bytes);
    return ERR_OK;
}

static err_t check_layout(struct rocksdb_series *s, const char *path, struct problem *problem)
{
    uint32_t version = 0;
    char *error = NULL;
    TRY(get_meta(s, "V", &version, problem));
    TRY(get_meta(s, "N", &s->next_key, problem));
    if (s->next_key == 0)
        s->next_key = 1;
    if (version == LAYOUT_VERSION)
        return ERR_OK;
    if (version != 0)
        return fail(problem, ERR_INVALID, "", "%s has layout %u; this version knows %d", path, version,
                    LAYOUT_VERSION);
    put_meta(s, "V", LAYOUT_VERSION);
    rocksdb_write(s->db, s->synced, s->batch, &error);
    rocksdb_writebatch_clear(s->batch);
    return rocks_error(error, "write to", problem);
}

static void close_series(struct series *base)
{
    struct rocksdb_series *s = rocksdb_of(base);
    if (s->db != NULL) {
        for (size_t i = 0; i < FAMILIES; i++)
            rocksdb_column_family_handle_destroy(s->families[i]);
        rocksdb_close(s->db);
    }
    rocksdb_writebatch_destroy(s->batch);
    rocksdb_readoptions_destroy(s->read);
    rocksdb_writeoptions_destroy(s->synced);
    rocksdb_writeoptions_destroy(s->unsynced);
    seen_pairs_fini(&s->seen);
    key_names_fini(&s->names);
    buf_fini(&s->key);
    buf_fini(&s->value);
    free(s);
}

/* Everything but the database. */
static err_t new_series(struct rocksdb_series **ret, struct problem *problem)
{
    struct rocksdb_series *s = calloc(1, sizeof *s);
    bool ok = s != NULL && key_names_init(&s->names) == ERR_OK && seen_pairs_init(&s->seen) == ERR_OK;
    if (!ok) {
        if (s != NULL)
            key_names_fini(&s->names);
        free(s);
        return fail(problem, ERR_NOMEM, "", "no memory");
    }
    s->base.ops = &rocksdb_ops;
    s->batch = rocksdb_writebatch_create();
    s->read = rocksdb_readoptions_create();
    s->synced = rocksdb_writeoptions_create();
    s->unsynced = rocksdb_writeoptions_create();
    rocksdb_writeoptions_set_sync(s->synced, 1);
    *ret = s;
    return ERR_OK;
}

/* RocksDB itself would make the directory readable by all, and say less clearly that there is no store. */
static err_t check_directory(const char *dir, bool create, char path[PATH_SIZE], struct problem *problem)
{
    char current[PATH_SIZE];
    struct stat st;
    TRY(path_make_dir(dir, create, problem));
    TRY(path_join(dir, "series", path, problem));
    TRY(path_make_dir(path, create, problem));
    TRY(path_join(path, "CURRENT", current, problem));
    if (!create && stat(current, &st) != 0)
        return path_fail(problem, errno, "open", current);
    return ERR_OK;
}

err_t series_rocksdb_open(const char *dir, bool create, struct series **ret, struct problem *problem)
{
    char path[PATH_SIZE];
    TRY(check_directory(dir, create, path, problem));
    struct rocksdb_series *s = NULL;
    TRY(new_series(&s, problem));
    err_t err = open_families(s, path, create, problem);
    if (err == ERR_OK)
        err = check_layout(s, path, problem);
    if (err == ERR_OK)
        *ret = &s->base;
    else
        close_series(&s->base);
    return err;
}

static const struct series_ops rocksdb_ops = {
    .close = close_series,
    .write = rocks_write,
    .delete_devices = rocks_delete_devices,
    .delete_points = rocks_delete_points,
    .set_retention = rocks_set_retention,
    .compact = rocks_compact,
    .keys = rocks_keys,
    .latest = rocks_latest,
    .points = rocks_points,
    .attributes = rocks_attributes,
    .attribute = rocks_attribute,
    .sessions = rocks_sessions,
    .outbox_write = rocks_outbox_write,
    .outbox_join = rocks_outbox_join,
    .outbox_read = rocks_outbox_read,
};
