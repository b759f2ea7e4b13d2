/* Everything in one translation unit, so that the compiler may put it into one loop. */
#include "hdlc.c"
#include "port.c"
