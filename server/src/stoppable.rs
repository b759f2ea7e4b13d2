use std::io;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};

/// A thread that ends when it is told to. Dropping this tells it, and waits until it has.
pub(crate) struct Stoppable {
    /// What it does, for the log.
    task: &'static str,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Stoppable {
    /// Starts a thread of this name that does this task. `work` is to return when nothing can come from
    /// what it is given any more.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(crate) fn start(
        name: &str,
        task: &'static str,
        work: impl FnOnce(&Receiver<()>) + Send + 'static,
    ) -> io::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let thread = thread::Builder::new().name(name.to_owned());
        let thread = thread.spawn(move || work(&stopped))?;
        Ok(Self { task, stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Stoppable {
    fn drop(&mut self) {
        drop(self.stop.take());
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that {} panicked", self.task);
        }
    }
}
