/* The serial port: it brings octets one by one, and takes them one by one. */
#include "hdlc.h"

static octet_handler receive_handler;
static uint8_t *out;
static size_t out_len;

void NAME(port_init)(octet_handler handler)
{
    receive_handler = handler;
}

void NAME(port_put)(uint8_t octet)
{
    out[out_len++] = octet;
}

/* Nothing waits, and there is no interrupt to keep out. */
void NAME(port_flush)(void) {}
void NAME(lock)(void) {}
void NAME(unlock)(void) {}

void NAME(receive_all)(const uint8_t *octets, size_t len)
{
    for (size_t i = 0; i < len; i++)
        receive_handler(octets[i]);
}

/* The buffer must hold twice the payload and six octets. */
size_t NAME(send)(uint8_t *buffer, const uint8_t *payload, size_t len)
{
    out = buffer;
    out_len = 0;
    NAME(send_open)();
    for (size_t i = 0; i < len; i++)
        NAME(send_write)(payload[i]);
    NAME(send_close)();
    return out_len;
}
