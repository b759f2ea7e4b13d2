/* The serial port: it brings octets one by one, and takes them one by one. */
#include "hdlc.h"

static uint8_t *out;
static size_t out_len;

void NAME(port_put)(uint8_t octet)
{
    out[out_len++] = octet;
}

size_t NAME(receiver_size)(void)
{
    return sizeof(struct receiver);
}

void NAME(receive_all)(struct receiver *rx, const uint8_t *octets, size_t len)
{
    for (size_t i = 0; i < len; i++)
        NAME(receive)(rx, octets[i]);
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
