//! The byte loop in C.

use std::ffi::c_void;

use crate::Tally;

type FrameHandler = extern "C" fn(*mut c_void, *const u8, usize);

/// One of the two ways in which the loop is compiled. Its state is global, as in firmware: one
/// receiver at a time.
pub(crate) struct ByteLoop {
    hdlc_init: unsafe extern "C" fn(FrameHandler, *mut c_void),
    receive_all: unsafe extern "C" fn(*const u8, usize),
    send: unsafe extern "C" fn(*mut u8, *const u8, usize) -> usize,
}

unsafe extern "C" {
    fn units_hdlc_init(handler: FrameHandler, context: *mut c_void);
    fn units_receive_all(octets: *const u8, len: usize);
    fn units_send(buffer: *mut u8, payload: *const u8, len: usize) -> usize;
    fn whole_hdlc_init(handler: FrameHandler, context: *mut c_void);
    fn whole_receive_all(octets: *const u8, len: usize);
    fn whole_send(buffer: *mut u8, payload: *const u8, len: usize) -> usize;
}

/// `gcc -O2`, state machine and port in translation units of their own.
pub(crate) static UNITS: ByteLoop =
    ByteLoop { hdlc_init: units_hdlc_init, receive_all: units_receive_all, send: units_send };

/// `gcc -O3`, all in one.
pub(crate) static WHOLE: ByteLoop =
    ByteLoop { hdlc_init: whole_hdlc_init, receive_all: whole_receive_all, send: whole_send };

extern "C" fn tally_frame(context: *mut c_void, payload: *const u8, len: usize) {
    // SAFETY: the context is the tally that the loop was given, and nobody else uses it while the
    // loop runs; payload and length are those of the loop's own buffer.
    unsafe { (*context.cast::<Tally>()).add(std::slice::from_raw_parts(payload, len)) }
}

impl ByteLoop {
    pub(crate) fn decode(&self, line: &[u8], chunk: usize) -> Tally {
        let mut tally = Tally::default();
        // SAFETY: there is one thread, and the tally outlives the loop's use of it.
        unsafe { (self.hdlc_init)(tally_frame, (&raw mut tally).cast()) }
        for octets in line.chunks(chunk) {
            // SAFETY: the loop is initialised; the slice is as long as it says.
            unsafe { (self.receive_all)(octets.as_ptr(), octets.len()) }
        }
        tally
    }

    pub(crate) fn encode(&self, payloads: &[Vec<u8>], buffer: &mut [u8]) -> Tally {
        let mut tally = Tally::default();
        // SAFETY: there is one thread, and what is sent calls no handler.
        unsafe { (self.hdlc_init)(tally_frame, std::ptr::null_mut()) }
        for payload in payloads {
            assert!(buffer.len() >= hdlc_core::max_wire_len(payload.len()), "room for any frame");
            // SAFETY: there is as much room as the function asks for, and one thread.
            let len = unsafe { (self.send)(buffer.as_mut_ptr(), payload.as_ptr(), payload.len()) };
            tally.add(&buffer[..len]);
        }
        tally
    }
}
