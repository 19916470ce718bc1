/** @file administrator.h - `postern init` makes the store and its first user. */
#pragma once

/** @return exit code of `postern init DIR ...` */
int cli_init(int argc, char **argv);
