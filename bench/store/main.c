#include "base/text.h"
#include "measure.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage_text[] = "usage: bench_store write|start|registry [options] DIR\n"
                                 "  --devices N   1000\n"
                                 "  --keys N      1 to 10 keys a message; 5\n"
                                 "  --batch N     points in one synced write; 1000\n"
                                 "  --points N    1000000\n"
                                 "DIR must be empty or absent; it is left behind.\n";

static const struct {
    const char *name;
    void (*run)(const struct arguments *a);
} commands[] = {{"write", bench_write}, {"start", bench_start}, {"registry", bench_registry}};

static _Noreturn void stop_with_usage(void)
{
    fputs(usage_text, stderr);
    exit(2);
}

static uint64_t number_of(const char *text, uint64_t max)
{
    uint64_t n = 0;
    if (!text_to_u64(slice_str(text), max, &n) || n == 0)
        stop_with_usage();
    return n;
}

static void run(const char *name, const struct arguments *a)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (!slice_eq_str(slice_str(name), commands[i].name))
            continue;
        commands[i].run(a);
        return;
    }
    stop_with_usage();
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"devices", required_argument, NULL, 'd'},
                                            {"keys", required_argument, NULL, 'k'},
                                            {"batch", required_argument, NULL, 'b'},
                                            {"points", required_argument, NULL, 'p'},
                                            {0}};
    struct arguments a = {.devices = 1000, .keys = 5, .batch = 1000, .points = 1000000};
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (c == 'd')
            a.devices = number_of(optarg, UINT32_MAX);
        else if (c == 'k')
            a.keys = number_of(optarg, 10);
        else if (c == 'b')
            a.batch = number_of(optarg, 1000000);
        else if (c == 'p')
            a.points = number_of(optarg, UINT32_MAX);
        else
            stop_with_usage();
    }
    if (argc - optind != 2)
        stop_with_usage();
    a.dir = argv[optind + 1];
    run(argv[optind], &a);
    return 0;
}
