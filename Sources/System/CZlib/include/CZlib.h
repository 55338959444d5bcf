// gzip for Swift: `deflateInit2` is a macro, which Swift does not see.
#ifndef CZLIB_H
#define CZLIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../libz/libz.h"

/// A compression under way, in the format of RFC 1952.
typedef struct CZlibGzip CZlibGzip;

/// NULL when memory ran out (a quarter of a megabyte). The caller frees it.
CZlibGzip *czlib_gzip_begin(void);

/// Compresses as much of the input as fits into the output, and tells how many bytes were taken and given. With `last`,
/// nothing comes after the input, and it is to be called until `ended`. False when the stream is broken.
bool czlib_gzip_write(CZlibGzip *gzip, const uint8_t *input, size_t input_length, uint8_t *output,
                      size_t output_length, bool last, size_t *taken, size_t *given, bool *ended);

void czlib_gzip_free(CZlibGzip *gzip);

#endif
