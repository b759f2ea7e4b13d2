use std::time::Instant;

use super::address::Address;

/// Where an engine is asked: one address, or several that do the same. The first one that works is
/// taken, and one that has failed is left alone for a while.
pub(super) struct Addresses(Vec<Address>);

/// Why an address has not done what it was asked for.
pub(super) trait Failure {
    /// Whether another address may do it.
    fn is_of_address(&self) -> bool;

    /// That there is no address.
    fn no_address() -> Self;
}

impl Addresses {
    pub(super) fn new(urls: &[String], authorization: Option<&str>) -> Self {
        let address = |url: &String| Address::new(url, authorization.map(str::to_owned));
        Self(urls.iter().map(address).collect())
    }

    /// What this comes to at the first address that does not fail in it.
    ///
    /// # Errors
    /// That of the last one.
    pub(super) fn first<'a, T, E: Failure>(
        &'a self,
        mut act: impl FnMut(&'a Address) -> Result<T, E>,
    ) -> Result<T, E> {
        if let [only] = &*self.0 {
            return act(only);
        }
        let mut failure = E::no_address();
        for address in self.in_turn(Instant::now()) {
            match act(address) {
                Err(error) if error.is_of_address() => {
                    self.fail(address);
                    failure = error;
                }
                outcome => {
                    address.succeed();
                    return outcome;
                }
            }
        }
        Err(failure)
    }

    /// This address has failed: it is left alone for a while, unless there is no other.
    pub(super) fn fail(&self, address: &Address) {
        if self.0.len() > 1 {
            address.fail();
        }
    }

    /// Those that may be asked, in the order in which they are named, and after them the one that
    /// has rested longest: where nothing else is left, it is tried too.
    fn in_turn(&self, now: Instant) -> Vec<&Address> {
        let is_awake = |address: &Address| address.rests_until().is_none_or(|until| until <= now);
        let (mut all, resting): (Vec<_>, Vec<_>) =
            self.0.iter().partition(|address| is_awake(address));
        all.extend(resting.into_iter().min_by_key(|address| address.rests_until()));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    enum Fault {
        Down,
        Refused,
        None,
    }

    impl Failure for Fault {
        fn is_of_address(&self) -> bool {
            *self == Self::Down
        }

        fn no_address() -> Self {
            Self::None
        }
    }

    /// Which addresses are tried, by the number of their port, when those in `down` fail.
    fn tried(addresses: &Addresses, down: &[usize]) -> (Vec<usize>, Result<(), Fault>) {
        let mut tried = Vec::new();
        let outcome = addresses.first(|address| {
            let index = addresses.0.iter().position(|it| core::ptr::eq(it, address)).unwrap();
            tried.push(index);
            if down.contains(&index) { Err(Fault::Down) } else { Ok(()) }
        });
        (tried, outcome)
    }

    fn addresses(count: usize) -> Addresses {
        let urls: Vec<String> = (0..count).map(|n| format!("http://127.0.0.1:{}", n + 1)).collect();
        Addresses::new(&urls, None)
    }

    #[test]
    fn one_that_failed_is_left_alone_for_a_while() {
        let three = addresses(3);
        assert_eq!(tried(&three, &[]), (vec![0], Ok(())));
        assert_eq!(tried(&three, &[0, 1]), (vec![0, 1, 2], Ok(())));
        assert_eq!(tried(&three, &[0, 1]), (vec![2], Ok(())));
        // Nothing else is left: then one that rests is tried.
        let (with_one, outcome) = tried(&three, &[0, 1, 2]);
        assert_eq!((with_one.len(), with_one[0], outcome), (2, 2, Err(Fault::Down)));
        let (again, outcome) = tried(&three, &[]);
        assert_eq!((again.len(), outcome), (1, Ok(())));
        assert_eq!(tried(&three, &[]).0, again);
    }

    #[test]
    fn the_only_one_is_tried_always() {
        let one = addresses(1);
        for _ in 0..3 {
            assert_eq!(tried(&one, &[0]), (vec![0], Err(Fault::Down)));
        }
    }

    #[test]
    fn what_an_engine_refuses_is_not_asked_of_the_next() {
        let two = addresses(2);
        let mut asked = 0;
        let outcome: Result<(), Fault> = two.first(|_| {
            asked += 1;
            Err(Fault::Refused)
        });
        assert_eq!((asked, outcome), (1, Err(Fault::Refused)));
        assert_eq!(tried(&two, &[]).0, [0]);
    }

    #[test]
    fn without_any_nothing_can_be_done() {
        assert_eq!(tried(&addresses(0), &[]), (vec![], Err(Fault::None)));
    }
}
