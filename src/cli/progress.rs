//! A word on the terminal while a run takes long.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Shows nothing before a run has taken this long.
const PATIENCE: Duration = Duration::from_secs(1);
const EVERY: Duration = Duration::from_millis(100);

/// Shows, while it lives, how many files are done; wipes itself away when dropped.
pub struct Progress {
    running: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Starts to watch `done` grow to `total`, on standard error if `is_shown`.
    pub fn start(is_shown: bool, done: Arc<AtomicUsize>, total: usize) -> Self {
        if !is_shown {
            return Progress { running: None };
        }
        let (sender, receiver) = channel();
        let thread = std::thread::Builder::new().spawn(move || {
            let mut wait = PATIENCE;
            let mut was_shown = false;
            while receiver.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                let done = done.load(Ordering::Relaxed);
                // A terminal that has gone away is no reason to stop linting.
                let _ = write!(io::stderr(), "\r{}", line(done, total))
                    .and_then(|()| io::stderr().flush());
                was_shown = true;
                wait = EVERY;
            }
            if was_shown {
                let _ = write!(io::stderr(), "\r\u{1b}[K").and_then(|()| io::stderr().flush());
            }
        });
        Progress {
            // Without a thread there is no progress, and that is all.
            running: thread.ok().map(|thread| (sender, thread)),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.running.take() {
            drop(sender);
            let _ = thread.join();
        }
    }
}

fn line(done: usize, total: usize) -> String {
    if done >= total {
        format!("linting {total} files: putting them together ")
    } else {
        format!("linting {done} of {total} files ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_run_shows_nothing_and_ends_at_once() {
        let started = std::time::Instant::now();
        drop(Progress::start(true, Arc::new(AtomicUsize::new(0)), 10));
        assert!(started.elapsed() < PATIENCE);
        assert_eq!(line(3, 10), "linting 3 of 10 files ");
    }
}
