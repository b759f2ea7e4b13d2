/* HDLC as firmware usually does it: one call per octet into a state machine, the FCS run along by
 * a table of 256 entries, the finished frame handed to a callback. */
#include "hdlc.h"

enum { FLAG = 0x7E, ESCAPE = 0x7D, MASK = 0x20, GOOD_FCS = 0xF0B8 };

static uint16_t table[256];
static uint16_t send_fcs;

static uint16_t fcs_step(uint16_t fcs, uint8_t octet)
{
    return (uint16_t)(fcs >> 8 ^ table[(fcs ^ octet) & 0xFF]);
}

void NAME(receive_init)(struct receiver *rx, frame_handler handler, void *context)
{
    for (unsigned i = 0; i < 256; i++) {
        uint16_t fcs = (uint16_t)i;
        for (int bit = 0; bit < 8; bit++)
            fcs = (uint16_t)(fcs & 1 ? fcs >> 1 ^ 0x8408 : fcs >> 1);
        table[i] = fcs;
    }
    rx->busy = false;
    rx->escaping = false;
    rx->fcs = 0xFFFF;
    rx->len = 0;
    rx->handler = handler;
    rx->context = context;
}

static void open_frame(struct receiver *rx)
{
    rx->busy = true;
    rx->escaping = false;
    rx->fcs = 0xFFFF;
    rx->len = 0;
}

static void write_octet(struct receiver *rx, uint8_t octet)
{
    if (rx->len == CAPACITY) {
        rx->busy = false;
        return;
    }
    rx->frame[rx->len++] = octet;
    rx->fcs = fcs_step(rx->fcs, octet);
}

void NAME(receive)(struct receiver *rx, uint8_t octet)
{
    if (octet == FLAG) {
        if (rx->busy && !rx->escaping && rx->len > 2 && rx->fcs == GOOD_FCS)
            rx->handler(rx->context, rx->frame, rx->len - 2);
        open_frame(rx);
    } else if (rx->busy) {
        if (octet == ESCAPE) {
            rx->escaping = true;
        } else if (rx->escaping) {
            rx->escaping = false;
            write_octet(rx, octet ^ MASK);
        } else {
            write_octet(rx, octet);
        }
    }
}

static void put_stuffed(uint8_t octet)
{
    if (octet == FLAG || octet == ESCAPE) {
        NAME(port_put)(ESCAPE);
        octet ^= MASK;
    }
    NAME(port_put)(octet);
}

void NAME(send_open)(void)
{
    send_fcs = 0xFFFF;
    NAME(port_put)(FLAG);
}

void NAME(send_write)(uint8_t octet)
{
    send_fcs = fcs_step(send_fcs, octet);
    put_stuffed(octet);
}

void NAME(send_close)(void)
{
    uint16_t fcs = (uint16_t)~send_fcs;

    put_stuffed((uint8_t)(fcs & 0xFF));
    put_stuffed((uint8_t)(fcs >> 8));
    NAME(port_put)(FLAG);
}
