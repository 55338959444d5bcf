#include "CZlib.h"

#include <limits.h>
#include <stdlib.h>

struct CZlibGzip {
    z_stream stream;
};

CZlibGzip *czlib_gzip_begin(void) {
    CZlibGzip *gzip = calloc(1, sizeof(CZlibGzip));
    if (gzip == NULL) return NULL;
    // 15 bits of window, and 16 more for the gzip format.
    if (deflateInit2(&gzip->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        free(gzip);
        return NULL;
    }
    return gzip;
}

bool czlib_gzip_write(CZlibGzip *gzip, const uint8_t *input, size_t input_length, uint8_t *output,
                      size_t output_length, bool last, size_t *taken, size_t *given, bool *ended) {
    z_stream *stream = &gzip->stream;
    uInt in = input_length > UINT_MAX ? UINT_MAX : (uInt)input_length;
    uInt out = output_length > UINT_MAX ? UINT_MAX : (uInt)output_length;
    // zlib does not change what it reads; its headers just do not say so.
    stream->next_in = (Bytef *)(uintptr_t)input;
    stream->avail_in = in;
    stream->next_out = output;
    stream->avail_out = out;
    int code = deflate(stream, last && in == input_length ? Z_FINISH : Z_NO_FLUSH);
    *taken = in - stream->avail_in;
    *given = out - stream->avail_out;
    *ended = code == Z_STREAM_END;
    // Z_BUF_ERROR: nothing to do this time.
    return code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR;
}

void czlib_gzip_free(CZlibGzip *gzip) {
    if (gzip == NULL) return;
    deflateEnd(&gzip->stream);
    free(gzip);
}
