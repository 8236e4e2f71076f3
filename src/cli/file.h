/* Small files, read whole. */
#ifndef CLI_FILE_H
#define CLI_FILE_H

#include "base/err.h"

/* Text of a file of at most 64 KiB, malloc'd. -EXIT_USAGE with the name and
 * the reason. */
int file_text(char **out, const char *file, struct err *err);

#endif
