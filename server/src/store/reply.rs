use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::queue::Job;
use super::{Answer, Records, StoreError, Written};

type Outcome = Result<Written, StoreError>;

/// Where the answer to one write goes.
pub(super) struct Reply {
    sender: oneshot::Sender<Answered>,
    /// The runtime that waits for it.
    runtime: Option<Handle>,
}

/// The records go back to where they came from: to free another thread's memory takes longer.
struct Answered {
    outcome: Outcome,
    _records: Records,
}

/// A place for the answer, and the answer once it is there.
pub(super) fn reply() -> (Reply, Answer<Written>) {
    let (sender, receiver) = oneshot::channel();
    let answer = async move {
        let gone = || StoreError::Unavailable("the writing thread has ended".to_owned());
        receiver.await.map_or_else(|_| Err(gone()), |answered: Answered| answered.outcome)
    };
    (Reply { sender, runtime: Handle::try_current().ok() }, Box::pin(answer))
}

/// Answers a group.
///
/// To wake a task from a thread that is none of the runtime's costs a system call or two, and from
/// a task of the runtime next to nothing. So one task is begun there, which wakes the others.
pub(super) fn send(answers: Vec<(Job, Outcome)>) {
    let runtime = answers.first().and_then(|(job, _)| job.reply.runtime.clone());
    let answers = Answers(answers);
    if let (Some(runtime), 2..) = (runtime, answers.0.len()) {
        runtime.spawn(async move { drop(answers) });
    }
}

/// Answers that are sent when this is dropped: also by a runtime that has ended.
struct Answers(Vec<(Job, Outcome)>);

impl Drop for Answers {
    fn drop(&mut self) {
        for (Job { records, reply, .. }, outcome) in self.0.drain(..) {
            // One who no longer waits for the answer does not need it.
            let _ = reply.sender.send(Answered { outcome, _records: records });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(index: usize) -> Outcome {
        Ok(Written { repeated: vec![index], refused: Vec::new() })
    }

    fn ask_and_send(count: usize) -> Vec<Answer<Written>> {
        let (replies, answers): (Vec<_>, Vec<_>) = (0..count).map(|_| reply()).unzip();
        let job = |reply| Job::of(Records::Samples(Vec::new()), reply);
        send(replies.into_iter().enumerate().map(|(n, reply)| (job(reply), outcome(n))).collect());
        answers
    }

    #[tokio::test]
    async fn everyone_gets_the_own_answer() {
        for count in [0, 1, 2, 100] {
            for (index, answer) in ask_and_send(count).into_iter().enumerate() {
                assert_eq!(answer.await, outcome(index));
            }
        }
    }

    #[test]
    fn a_runtime_that_has_ended_keeps_no_answer() {
        let runtime = || tokio::runtime::Builder::new_current_thread().build().unwrap();
        let ended = runtime();
        let answers = ended.block_on(async { ask_and_send(3) });
        drop(ended);
        for (index, answer) in answers.into_iter().enumerate() {
            assert_eq!(runtime().block_on(answer), outcome(index));
        }
    }

    #[tokio::test]
    async fn an_end_without_an_answer_is_one_too() {
        let (reply, answer) = reply();
        drop(reply);
        assert!(matches!(answer.await, Err(StoreError::Unavailable(_))));
    }
}
