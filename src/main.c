/* postern: an IoT device platform. This file is the table of its subcommands. */
#include "cli/administrator.h"
#include "cli/device.h"
#include "cli/serve.h"
#include "cli/user.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

static int print_version(int argc, char **argv)
{
    puts("postern " POSTERN_VERSION);
    return 0;
}

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} commands[] = {
    {"init", cli_init, "make a data directory with certificates and an administrator"},
    {"serve", cli_serve, "run the server in the foreground"},
    {"device", cli_device, "add, list, show and remove devices, change their credentials"},
    {"user", cli_user, "add administrators, set passwords"},
    {"version", print_version, "print the version"},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static int usage(FILE *out)
{
    fputs("usage: postern COMMAND ...\n\n", out);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-8s  %s\n", commands[i].name, commands[i].help);
    fputs("\n'postern COMMAND --help' tells more.\n", out);
    return out == stdout ? 0 : 2;
}

int main(int argc, char **argv)
{
    if (sodium_init() < 0) {
        fputs("postern: no source of random numbers\n", stderr);
        return 1;
    }
    if (argc < 2)
        return usage(stderr);
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    if (strcmp(argv[1], "--help") == 0)
        return usage(stdout);
    fprintf(stderr, "postern: unknown command '%s'\n", argv[1]);
    return usage(stderr);
}
