/**
 * @file device.h - `postern device add|list|show|rm|credentials`.
 *
 * @return 0 done · 1 refused (the sentence is on standard error) · 2 wrong arguments
 */
#pragma once

int cli_device(int argc, char **argv);
