/** @file user.h - `postern user ..`: administrators, and passwords that were lost. */
#pragma once

/** @param argv  argv[0] is "user". @return the exit status */
int cli_user(int argc, char **argv);
