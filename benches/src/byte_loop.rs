//! The byte loop in C.

use std::ffi::c_void;

use crate::Tally;

type FrameHandler = extern "C" fn(*mut c_void, *const u8, usize);

/// One of the two ways in which the loop is compiled.
pub(crate) struct ByteLoop {
    receiver_size: unsafe extern "C" fn() -> usize,
    receive_init: unsafe extern "C" fn(*mut c_void, FrameHandler, *mut c_void),
    receive_all: unsafe extern "C" fn(*mut c_void, *const u8, usize),
    send: unsafe extern "C" fn(*mut u8, *const u8, usize) -> usize,
}

unsafe extern "C" {
    fn units_receiver_size() -> usize;
    fn units_receive_init(rx: *mut c_void, handler: FrameHandler, context: *mut c_void);
    fn units_receive_all(rx: *mut c_void, octets: *const u8, len: usize);
    fn units_send(buffer: *mut u8, payload: *const u8, len: usize) -> usize;
    fn whole_receiver_size() -> usize;
    fn whole_receive_init(rx: *mut c_void, handler: FrameHandler, context: *mut c_void);
    fn whole_receive_all(rx: *mut c_void, octets: *const u8, len: usize);
    fn whole_send(buffer: *mut u8, payload: *const u8, len: usize) -> usize;
}

/// `gcc -O2`, state machine and port in translation units of their own.
pub(crate) static UNITS: ByteLoop = ByteLoop {
    receiver_size: units_receiver_size,
    receive_init: units_receive_init,
    receive_all: units_receive_all,
    send: units_send,
};

/// `gcc -O3`, all in one.
pub(crate) static WHOLE: ByteLoop = ByteLoop {
    receiver_size: whole_receiver_size,
    receive_init: whole_receive_init,
    receive_all: whole_receive_all,
    send: whole_send,
};

extern "C" fn tally_frame(context: *mut c_void, payload: *const u8, len: usize) {
    // SAFETY: the context is the tally that `receiver` was given, and nobody else uses it while
    // the loop runs; payload and length are those of the loop's own buffer.
    unsafe { (*context.cast::<Tally>()).add(std::slice::from_raw_parts(payload, len)) }
}

impl ByteLoop {
    fn receiver(&self, tally: *mut Tally) -> Vec<u64> {
        // SAFETY: the loop's state is plain data, and this is as much of it as it asks for,
        // aligned for a pointer.
        unsafe {
            let mut rx = vec![0_u64; (self.receiver_size)().div_ceil(size_of::<u64>())];
            (self.receive_init)(rx.as_mut_ptr().cast(), tally_frame, tally.cast());
            rx
        }
    }

    pub(crate) fn decode(&self, line: &[u8], chunk: usize) -> Tally {
        let mut tally = Tally::default();
        let mut rx = self.receiver(&raw mut tally);
        for octets in line.chunks(chunk) {
            // SAFETY: the receiver is initialised, and its tally outlives it.
            unsafe { (self.receive_all)(rx.as_mut_ptr().cast(), octets.as_ptr(), octets.len()) }
        }
        tally
    }

    pub(crate) fn encode(&self, payloads: &[Vec<u8>], buffer: &mut [u8]) -> Tally {
        let mut tally = Tally::default();
        // The table is made with the receiver.
        let _rx = self.receiver(&raw mut tally);
        for payload in payloads {
            assert!(buffer.len() >= hdlc_core::max_wire_len(payload.len()), "room for any frame");
            // SAFETY: there is as much room as the function asks for, and one thread.
            let len = unsafe { (self.send)(buffer.as_mut_ptr(), payload.as_ptr(), payload.len()) };
            tally.add(&buffer[..len]);
        }
        tally
    }
}
