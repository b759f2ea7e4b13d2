/* HDLC as firmware for this manager usually does it: the port calls a state machine for each
 * octet, which locks itself, remembers the octet before, runs the FCS along by a table of 256
 * entries, and hands the finished frame to a callback. */
#include "hdlc.h"

enum { FLAG = 0x7E, ESCAPE = 0x7D, MASK = 0x20, GOOD_FCS = 0xF0B8 };

static struct {
    frame_handler handler;
    void *context;
    uint8_t last;
    bool busy;
    bool escaping;
    uint16_t fcs;
    uint8_t len;
    uint8_t frame[CAPACITY];
} rx;

static uint16_t send_fcs;
static uint16_t table[256];

static uint16_t fcs_step(uint16_t fcs, uint8_t octet)
{
    return (uint16_t)(fcs >> 8 ^ table[(fcs ^ octet) & 0xFF]);
}

static void open_frame(void)
{
    rx.busy = true;
    rx.escaping = false;
    rx.fcs = 0xFFFF;
    rx.len = 0;
}

static void write_octet(uint8_t octet)
{
    if (octet == ESCAPE) {
        rx.escaping = true;
        return;
    }
    if (rx.escaping) {
        rx.escaping = false;
        octet ^= MASK;
    }
    if (rx.len == CAPACITY) {
        rx.busy = false;
        return;
    }
    rx.frame[rx.len++] = octet;
    rx.fcs = fcs_step(rx.fcs, octet);
}

static void close_frame(void)
{
    rx.busy = false;
    if (!rx.escaping && rx.len > 2 && rx.fcs == GOOD_FCS)
        rx.handler(rx.context, rx.frame, (size_t)rx.len - 2);
}

static void receive(uint8_t octet)
{
    NAME(lock)();
    if (octet != FLAG) {
        if (!rx.busy && rx.last == FLAG)
            open_frame();
        if (rx.busy)
            write_octet(octet);
    } else if (rx.busy) {
        close_frame();
    }
    rx.last = octet;
    NAME(unlock)();
}

void NAME(hdlc_init)(frame_handler handler, void *context)
{
    for (unsigned i = 0; i < 256; i++) {
        uint16_t fcs = (uint16_t)i;
        for (int bit = 0; bit < 8; bit++)
            fcs = (uint16_t)(fcs & 1 ? fcs >> 1 ^ 0x8408 : fcs >> 1);
        table[i] = fcs;
    }
    rx.handler = handler;
    rx.context = context;
    rx.last = 0;
    rx.busy = false;
    NAME(port_init)(receive);
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
    NAME(port_flush)();
}
