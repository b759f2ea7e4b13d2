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

typedef void (*octet_handler)(uint8_t octet);
typedef void (*frame_handler)(void *context, const uint8_t *payload, size_t len);

/* hdlc.c: the state machine. */
void NAME(hdlc_init)(frame_handler handler, void *context);
void NAME(send_open)(void);
void NAME(send_write)(uint8_t octet);
void NAME(send_close)(void);

/* port.c: the serial port, and the lock that keeps its interrupt out. */
void NAME(port_init)(octet_handler handler);
void NAME(port_put)(uint8_t octet);
void NAME(port_flush)(void);
void NAME(lock)(void);
void NAME(unlock)(void);

#endif
