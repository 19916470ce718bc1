/* Devices into the registry, and the lists a page of 50 needs. */
#include "store/registry.h"
#include "measure.h"

#include <stdio.h>

enum { PAGE = 50, ROUNDS = 20 };

static void add_devices(struct registry *r, const struct uuid *tenant, uint64_t count)
{
    struct profile profile = {0};
    struct problem p = {0};
    must(registry_profile_default(r, tenant, &profile, &p), "profile", p.text);
    for (uint64_t i = 0; i < count; i++) {
        struct device d = {.tenant_id = *tenant, .profile_id = profile.id};
        struct credentials c = {.type = CREDENTIALS_ACCESS_TOKEN};
        snprintf(d.name, sizeof d.name, "Sensor-%06llu", (unsigned long long)(i * 7919 % count));
        snprintf(d.label, sizeof d.label, "Hall %llu row %llu", (unsigned long long)(i % 17),
                 (unsigned long long)(i % 1000));
        snprintf(c.credentials_id, sizeof c.credentials_id, "token-%llu", (unsigned long long)i);
        must(registry_device_add(r, &d, &c, &p), "device", p.text);
    }
    profile_fini(&profile);
}

static double page_ms(struct registry *r, const struct device_query *q, uint64_t *ret_total)
{
    struct device_page page = {0};
    struct problem p = {0};
    struct usage start = usage_now();
    must(registry_device_page(r, q, &page, &p), "page", p.text);
    *ret_total = page.total;
    device_page_fini(&page);
    return usage_since(start).wall_s * 1e3;
}

/* Any change makes the registry count again: the first figure. The second is the same list once more. */
static void measure_page(struct registry *r, const char *what, const struct device_query *q,
                         struct device *touched)
{
    double first = 0, again = 0;
    uint64_t total = 0;
    struct problem p = {0};
    for (int i = 0; i < ROUNDS; i++) {
        must(registry_device_update(r, touched, NULL, &p), "update", p.text);
        first += page_ms(r, q, &total);
        again += page_ms(r, q, &total);
    }
    printf("  %-44s %8llu matches  %7.2f ms  again %7.2f ms\n", what, (unsigned long long)total,
           first / ROUNDS, again / ROUNDS);
}

static void measure_pages(struct registry *r, const struct uuid *tenant, uint64_t devices)
{
    struct device touched = {0};
    uint32_t last = (uint32_t)(devices / PAGE) - 1;
    must(registry_device_by_name(r, tenant, "Sensor-000000", &touched, NULL), "device", "not found");
    const struct {
        const char *what;
        struct device_query q;
    } cases[] = {
        {"by creation, newest first", {.order = SORT_DESCENDING}},
        {"by name", {.sort = DEVICE_SORT_NAME}},
        {"by label", {.sort = DEVICE_SORT_LABEL}},
        {"by type, filtered by type", {.sort = DEVICE_SORT_TYPE, .type = SLICE("default")}},
        {"by name, last page", {.sort = DEVICE_SORT_NAME, .page = last}},
        {"search \"sensor-0423\" by name", {.sort = DEVICE_SORT_NAME, .text_search = SLICE("sensor-0423")}},
        {"search \"row 77\" by creation", {.text_search = SLICE("row 77")}},
        {"search \"hall 3\" by name", {.sort = DEVICE_SORT_NAME, .text_search = SLICE("hall 3")}},
        {"search \"sensor\" by name", {.sort = DEVICE_SORT_NAME, .text_search = SLICE("sensor")}},
        {"search \"sensor\" by creation", {.text_search = SLICE("sensor")}},
        {"search \"42\" by label", {.sort = DEVICE_SORT_LABEL, .text_search = SLICE("42")}},
        {"search \"nothing like it\"", {.text_search = SLICE("nothing like it")}},
        {"search \"q\"", {.text_search = SLICE("q")}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct device_query q = cases[i].q;
        q.tenant_id = *tenant;
        q.page_size = PAGE;
        measure_page(r, cases[i].what, &q, &touched);
    }
    device_fini(&touched);
}

static void measure_door(struct registry *r, uint64_t devices)
{
    enum { LOOKUPS = 20000 };
    uint64_t random = 5;
    struct usage start = usage_now();
    for (int i = 0; i < LOOKUPS; i++) {
        char token[32];
        struct door_entry entry;
        int n =
            snprintf(token, sizeof token, "token-%llu", (unsigned long long)(next_random(&random) % devices));
        must(registry_door_find(r, CREDENTIALS_ACCESS_TOKEN, slice_of(token, (size_t)n), &entry, NULL, NULL),
             "door", "not found");
    }
    printf("  door look-up: %.1f us\n", usage_since(start).wall_s * 1e6 / LOOKUPS);
}

void bench_registry(const struct arguments *a)
{
    struct registry *r = NULL;
    struct uuid tenant;
    struct problem p = {0};
    must(registry_open(a->dir, true, &r, &p), "open", p.text);
    must(registry_tenant_default(r, &tenant, &p), "tenant", p.text);
    struct usage start = usage_now();
    add_devices(r, &tenant, a->devices);
    struct usage u = usage_since(start);
    printf("registry: %llu devices added, %.0f/s, CPU %.0f us each, memory %.0f MiB, disk %.0f MiB\n",
           (unsigned long long)a->devices, (double)a->devices / u.wall_s, u.cpu_s * 1e6 / (double)a->devices,
           rss_mib(), disk_mib(a->dir));
    measure_pages(r, &tenant, a->devices);
    measure_door(r, a->devices);
    registry_close(r);
}
