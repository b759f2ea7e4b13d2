/* Each of these is compiled twice, under two prefixes: see build.rs. */
#ifndef HDLC_H
#define HDLC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOIN_(prefix, name) prefix##_##name
#define JOIN(prefix, name) JOIN_(prefix, name)
#define NAME(name) JOIN(PREFIX, name)

enum { CAPACITY = 128 };

typedef void (*frame_handler)(void *context, const uint8_t *payload, size_t len);

struct receiver {
    bool busy;
    bool escaping;
    uint16_t fcs;
    size_t len;
    uint8_t frame[CAPACITY];
    frame_handler handler;
    void *context;
};

/* hdlc.c: the state machine. */
void NAME(receive_init)(struct receiver *rx, frame_handler handler, void *context);
void NAME(receive)(struct receiver *rx, uint8_t octet);
void NAME(send_open)(void);
void NAME(send_write)(uint8_t octet);
void NAME(send_close)(void);

/* port.c: the serial port. */
void NAME(port_put)(uint8_t octet);

#endif
