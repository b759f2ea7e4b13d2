//! A server that takes readings, as far as the HTTP contract needs it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use readings::{Body, Reading};

/// It listens on a free port of this machine until the test ends.
pub(crate) struct Server {
    pub(crate) url: String,
    stored: Arc<Mutex<Vec<Reading>>>,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::answering("204 No Content", "")
    }

    /// Every request gets this answer; what is in it is kept all the same.
    pub(crate) fn answering(status: &'static str, body: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let stored = Arc::new(Mutex::new(Vec::new()));
        let store = Arc::clone(&stored);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let store = Arc::clone(&store);
                thread::spawn(move || serve(&stream, &store, status, body));
            }
        });
        Self { url, stored }
    }

    /// What has been posted so far.
    pub(crate) fn stored(&self) -> Vec<Reading> {
        self.stored.lock().expect("no thread panics with it").clone()
    }
}

/// Answers requests on one connection until the client closes it.
fn serve(
    stream: &TcpStream,
    store: &Mutex<Vec<Reading>>,
    status: &str,
    answer: &str,
) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim().to_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        if let Ok(body) = Body::parse(&body) {
            let readings = body.accepted.iter().map(|accepted| accepted.reading);
            store.lock().ok()?.extend(readings);
        }
        let length = answer.len();
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{answer}");
        (&*stream).write_all(head.as_bytes()).ok()?;
    }
}
