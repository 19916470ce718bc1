#include "http/csv_cells.h"

#include <time.h>

void csv_cell_put(struct buf *out, const char *text)
{
    if (out->len != 0 && out->data[out->len - 1] != '\n')
        buf_append_u8(out, ',');
    buf_append_u8(out, '"');
    if (text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL)
        buf_append_u8(out, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '"')
            buf_append_u8(out, '"');
        buf_append_u8(out, (uint8_t)*text);
    }
    buf_append_u8(out, '"');
}

void csv_cell_put_time(struct buf *out, int64_t ms)
{
    char text[32] = "";
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;
    if (ms != 0 && gmtime_r(&seconds, &tm) != NULL)
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    csv_cell_put(out, text);
}

void csv_row_end(struct buf *out)
{
    buf_append_str(out, "\r\n");
}
