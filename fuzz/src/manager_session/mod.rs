//! A session with a manager that does anything: it acknowledges only what its caller did, delivers
//! nothing twice, asks for nothing that was not asked for, and is there again as soon as the
//! manager behaves.
//!
//! Input: `| chunk length (1) | operations to the end |`. The low four bits of an operation's first
//! octet say which, so that the letters `A` to `O` and `@` can be typed:
//!
//! | | operation | octets behind it |
//! |---|---|---|
//! | `@` | block the port, or free it | |
//! | `A` | acknowledge one of the tokens: 0 the newest, 255 the one 256 before it | which |
//! | `B` | the manager sends octets that are no frame | length, octets |
//! | `C` | connect | |
//! | `D` | disconnect | |
//! | `E` | the manager sends manager_hello | |
//! | `F` | … hello_response | successCode (mod 4), mgrSeqNo, difference to cliSeqNo (mod 4) |
//! | `G` | … a reliable notification with the next number | length, body |
//! | `H` | … a reliable notification with the last number | length, body |
//! | `I` | … a reliable notification with any number | number, length, body |
//! | `J` | … a best-effort notification | number, length, body |
//! | `K` | … a response | what is wrong with it, length, body |
//! | `L` | request | which (mod 6) |
//! | `M` | wait for the moment of `poll_timeout` | |
//! | `N` | wait, 0 to 2040 ms | time / 8 ms |
//! | `O` | reliable notifications with the next numbers, each acknowledged | how many |

mod caller;
mod model;

use caller::Caller;
use manager_core::{Control, PacketType};

use crate::script::Script;

/// Enough for all numbers to come twice; more would only be slow.
const MAX_FRAMES: usize = 600;

/// Panics if the property does not hold for `data`.
pub fn check(data: &[u8]) {
    let mut script = Script::new(data);
    let mut caller = Caller::new(script.u8());
    while !script.is_empty() && caller.frames() < MAX_FRAMES {
        operate(&mut caller, &mut script);
    }
    caller.assert_recovers();
}

fn operate(caller: &mut Caller, script: &mut Script<'_>) {
    const DATA: PacketType = PacketType::Notification;
    match script.u8() & 0x0F {
        0x0 => caller.block_or_free_port(),
        // Numbers repeat after 256.
        0x1 => match script.u8() {
            255 => caller.acknowledge(256),
            which => caller.acknowledge(which.into()),
        },
        0x2 => caller.receive(script.counted()),
        0x3 => caller.connect(),
        0x4 => caller.disconnect(),
        0x5 => caller.receive_packet(Control::BEST_EFFORT, PacketType::ManagerHello, 0, &[4, 0]),
        0x6 => {
            let (success_code, mgr_seq_no) = (script.u8() & 3, script.u8());
            caller.receive_hello_response(success_code, mgr_seq_no, script.u8() & 3);
        }
        0x7 => caller.receive_packet(Control::RELIABLE, DATA, caller.next_seq(), script.counted()),
        0x8 => {
            let last = caller.next_seq().wrapping_sub(1);
            caller.receive_packet(Control::RELIABLE, DATA, last, script.counted());
        }
        0x9 => caller.receive_packet(Control::RELIABLE, DATA, script.u8(), script.counted()),
        0xA => caller.receive_packet(Control::BEST_EFFORT, DATA, script.u8(), script.counted()),
        0xB => {
            let wrong = script.u8();
            caller.receive_response(wrong, script.counted());
        }
        0xC => caller.request(script.u8()),
        0xD => caller.wait_for_timeout(),
        0xE => caller.wait(u64::from(script.u8()) * 8),
        _ => {
            for _ in 0..script.u8() {
                let body = [1, 0, 0, 0, 0, 1];
                caller.receive_packet(Control::RELIABLE, DATA, caller.next_seq(), &body);
                caller.acknowledge(0);
            }
        }
    }
}
