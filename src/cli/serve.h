/** @file serve.h - `postern serve DIR [--set section.name=value]...`: the server, in the foreground until SIGTERM. */
#pragma once

/** @return exit code: 0 stopped cleanly · 1 could not start (the reason is on standard error) · 2 usage */
int cli_serve(int argc, char **argv);
