//! The HTTP contract: what a server accepts of any request it writes and reads again the same, and
//! what it refuses it names.
//!
//! Input: a request's body.

use core::fmt::Debug;

use readings::{Element, Event, Field, Link, MAX_READINGS, Posted, Reading, Refusal};
use serde::Serialize;

/// Longest reason: no request makes an answer that is much longer than itself.
const MAX_REASON: usize = 120;

/// Panics if the property does not hold for `data`.
pub fn check(data: &[u8]) {
    check_kind::<Reading>(data);
    check_kind::<Link>(data);
    check_kind::<Event>(data);
}

fn check_kind<T: Element + Serialize + PartialEq + Debug>(data: &[u8]) {
    let Ok(posted) = Posted::<T>::parse(data) else { return };
    assert!(posted.accepted.len() + posted.refused.len() <= MAX_READINGS, "more than the limit");
    for accepted in &posted.accepted {
        let json = serde_json::to_vec(&accepted.item).expect("what was accepted can be written");
        let again = Posted::<T>::parse(&json).expect("what was written is a request");
        assert_eq!(again.refused, [], "what was written is refused");
        let items: Vec<_> = again.accepted.into_iter().map(|accepted| accepted.item).collect();
        assert_eq!(items.as_slice(), core::slice::from_ref(&accepted.item));
    }
    for refusal in &posted.refused {
        assert!(refusal.reason.len() <= MAX_REASON, "{refusal:?}");
        let json = serde_json::to_vec(refusal).expect("a refusal can be written");
        assert_eq!(serde_json::from_slice::<Refusal>(&json).expect("and read"), *refusal);
        assert_ne!(refusal.field, Field::named(""));
    }
}
