//! Work that is stopped in the middle, or held between two of its statements.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use rollcall::clock::Clock;
use rollcall::db::{Database, Error, Observed, Observer};
use rollcall::tenant::{OperatorScope, TenantScope};

use super::{Recorder, TestDb};

/// Polls `work` until `met`; answers its result where it came to its end before. What follows the last statement in the
/// same breath, such as a COMMIT, has been sent then.
pub async fn until<T>(mut work: Pin<&mut impl Future<Output = T>>, met: impl Fn() -> bool) -> Option<T> {
    std::future::poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(result) => Poll::Ready(Some(result)),
        Poll::Pending if met() => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    })
    .await
}

/// Polls `work` so many times at most; answers its result where it came to its end.
pub async fn polled<T>(work: Pin<&mut impl Future<Output = T>>, polls: u32) -> Option<T> {
    let count = AtomicU32::new(0);
    until(work, || count.fetch_add(1, Ordering::SeqCst) + 1 >= polls).await
}

/// Runs `work` on a company on a node of its own, which is gone afterwards as if killed: nothing is closed or taken back
/// but by the server, when it finds the connections broken.
pub fn on_a_node<W, F>(test: &TestDb, company: i64, work: W) -> F::Output
where
    W: FnOnce(Database, TenantScope, Clock, Arc<Recorder>) -> F + Send + 'static,
    F: Future<Output: Send + 'static>,
{
    let (url, clock) = (test.url.clone(), test.clock.clone());
    let node = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let output = runtime.block_on(async {
            let recorder = Arc::new(Recorder::default());
            let db = Database::open(&url, 2).await.unwrap().observed_by(recorder.clone());
            let scope = OperatorScope::of_program("test").enter(&db, company).await.unwrap().unwrap();
            recorder.take();
            work(db, scope, clock, recorder).await
        });
        runtime.shutdown_background();
        output
    });
    node.join().unwrap()
}

/// Does `work` on a node that is killed once it ran `statements` statements; answers whether it came to its end before.
pub fn killed_after<W, F>(test: &TestDb, company: i64, statements: u64, work: W) -> bool
where
    W: FnOnce(Database, TenantScope, Clock) -> F + Send + 'static,
    F: Future<Output = Result<(), Error>>,
{
    on_a_node(test, company, async move |db, scope, clock, recorder| {
        let ended = until(pin!(work(db, scope, clock)), || recorder.count() >= statements).await;
        ended.map(Result::unwrap).is_some()
    })
}

/// Nothing in the suite takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// Another node in a thread of its own, which stops after each of its statements until it is told to go on.
pub struct Held {
    ran: Receiver<Option<String>>,
    go: Sender<()>,
    thread: std::thread::JoinHandle<Result<(), Error>>,
}

struct Gate {
    ran: Sender<Option<String>>,
    go: Mutex<Receiver<()>>,
}

impl Observer for Gate {
    fn statement(&self, statement: &Observed<'_>) {
        // Whoever holds the other ends may have let go for good: then the work simply goes on.
        if self.ran.send(Some(statement.template.to_owned())).is_ok() {
            let _ = self.go.lock().unwrap().recv_timeout(PATIENCE);
        }
    }
}

impl Held {
    /// Begins `work` on a company, on a node of its own.
    pub fn begin<W, F>(test: &TestDb, company: i64, work: W) -> Self
    where
        W: FnOnce(Database, TenantScope, Clock) -> F + Send + 'static,
        F: Future<Output = Result<(), Error>>,
    {
        let (ran_sender, ran) = channel();
        let (go, go_receiver) = channel();
        let (url, clock) = (test.url.clone(), test.clock.clone());
        let gate = Arc::new(Gate { ran: ran_sender.clone(), go: Mutex::new(go_receiver) });
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let db = Database::open(&url, 2).await.unwrap();
                let scope = OperatorScope::of_program("test").enter(&db, company).await.unwrap().unwrap();
                let result = work(db.clone().observed_by(gate), scope, clock).await;
                db.close().await.unwrap();
                let _ = ran_sender.send(None);
                result
            })
        });
        Self { ran, go, thread }
    }

    /// The statement after which it now stands; none once it came to its end.
    pub fn stands_after(&self) -> Option<String> {
        self.ran.recv_timeout(PATIENCE).expect("the held work goes on")
    }

    /// Lets it run its next statement.
    pub fn go_on(&self) {
        self.go.send(()).unwrap();
    }

    /// Lets it run to its end.
    pub fn finish(self) -> Result<(), Error> {
        drop((self.ran, self.go));
        self.thread.join().unwrap()
    }
}
