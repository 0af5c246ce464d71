//! Several threads for one piece of work.
//!
//! Not rayon: a thread of a pool that waits there takes up other work meanwhile, and where runs
//! are scheduled on such a pool, a training step would end only when another run has ended.

use std::any::Any;
use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::{io, thread};

/// Threads that work together: the one that [`with`](Threads::with) is called on, and helpers that
/// wait for work as long as this value lives.
///
/// Inside `with`, a layer splits its batch between them for the whole sequence, and [`in_parts`]
/// runs any other work on them. Results depend on how many there are, never on which is faster.
#[derive(Debug)]
pub struct Threads(Rc<[Helper]>);

#[derive(Debug)]
struct Helper {
    work: Sender<Job>,
    done: Receiver<Result<(), Panic>>,
}

type Panic = Box<dyn Any + Send>;

thread_local!(static CURRENT: RefCell<Option<Rc<[Helper]>>> = RefCell::default());

impl Threads {
    /// Most threads for one piece of work: more than any processor gains from, and few enough that the
    /// system has room for their stacks. A thread that finds none ends the process.
    pub const MOST: usize = 256;

    /// `count` threads, of which one is the caller's. An error if the system gives no more, and for more
    /// than [`MOST`](Self::MOST).
    pub fn new(count: NonZeroUsize) -> io::Result<Self> {
        if count.get() > Self::MOST {
            let most = format!("at most {} can work together", Self::MOST);
            return Err(io::Error::new(io::ErrorKind::InvalidInput, most));
        }
        Ok(Self((1..count.get()).map(|_| Helper::start()).collect::<Result<_, _>>()?))
    }

    /// Does `work` with these threads in place of those that were used before.
    pub fn with<R>(&self, work: impl FnOnce() -> R) -> R {
        with(Some(self.0.clone()), work)
    }
}

/// Does `work` with other helpers, and puts back those of before, whatever happens.
fn with<R>(helpers: Option<Rc<[Helper]>>, work: impl FnOnce() -> R) -> R {
    struct PutBack(Option<Rc<[Helper]>>);
    impl Drop for PutBack {
        fn drop(&mut self) {
            CURRENT.set(self.0.take());
        }
    }
    let _before = PutBack(CURRENT.replace(helpers));
    work()
}

/// How many threads [`in_parts`] uses here: those of [`Threads::with`], else one.
pub fn threads() -> usize {
    CURRENT.with_borrow(|helpers| 1 + helpers.as_ref().map_or(0, |helpers| helpers.len()))
}

/// `0..total` in `count` ranges of nearly equal length, fewer where there is less than one each.
pub fn split(total: usize, count: usize) -> impl Iterator<Item = Range<usize>> {
    let count = count.min(total).max(1);
    (0..count).map(move |k| total * k / count..total * (k + 1) / count)
}

/// Does `work` on each of `parts`, side by side on the threads of [`Threads::with`]: results in the
/// order of the parts. Part `k` always goes to the same thread, so that what it puts back into that
/// thread's memory ([`Buffer`](crate::Buffer)) is found again next time. Inside `work` there is one
/// thread. A panic of `work` goes on here when all parts have ended.
pub fn in_parts<T: Send, R: Send>(parts: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let helpers = match CURRENT.with_borrow(Clone::clone) {
        Some(helpers) if parts.len() > 1 => helpers,
        _ => return parts.into_iter().map(work).collect(),
    };
    let threads = 1 + helpers.len();
    // Every part is taken by one thread, which leaves the result there: the locks are never waited
    // for.
    let places: Vec<_> =
        parts.into_iter().map(|part| Mutex::new((Some(part), None::<R>))).collect();
    let share = |thread: usize| {
        for place in places.iter().skip(thread).step_by(threads) {
            let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(part) = place.0.take() {
                place.1 = Some(work(part));
            }
        }
    };
    share_out(&helpers[..helpers.len().min(places.len() - 1)], &share);
    let results = places.into_iter();
    results
        .filter_map(|place| place.into_inner().unwrap_or_else(PoisonError::into_inner).1)
        .collect()
}

/// What a helper is to do: its share of `work`.
struct Job {
    work: &'static (dyn Fn(usize) + Sync),
    share: usize,
}

/// Runs share 0 here and one share on each helper; comes back when all have ended.
#[allow(unsafe_code)] // a reference handed to threads that live longer than it
fn share_out(helpers: &[Helper], work: &(dyn Fn(usize) + Sync)) {
    // SAFETY: the reference is used by helpers only between `work.send` and what they answer, and
    // this function neither returns nor unwinds before every helper that took a job has answered:
    // what it runs itself cannot unwind out of `catch_unwind`, and a helper whose answer does not
    // come has ended and dropped its job.
    let lasting = unsafe {
        std::mem::transmute::<&(dyn Fn(usize) + Sync), &'static (dyn Fn(usize) + Sync)>(work)
    };
    let given: Vec<_> = helpers
        .iter()
        .zip(1..)
        .map(|(helper, share)| helper.work.send(Job { work: lasting, share }).is_ok())
        .collect();
    let own = catch_unwind(AssertUnwindSafe(|| with(None, || work(0))));
    let mut panics: Vec<Panic> = own.err().into_iter().collect();
    for (helper, given) in helpers.iter().zip(given) {
        match helper.done.recv() {
            Ok(Ok(())) if given => {}
            Ok(Err(panic)) => panics.push(panic),
            _ => panics.push(Box::new("a helper thread has ended")),
        }
    }
    if let Some(first) = panics.into_iter().next() {
        resume_unwind(first);
    }
}

impl Helper {
    /// A thread that does one job after the other until its [`Helper`] is dropped.
    fn start() -> io::Result<Self> {
        let (work, jobs) = channel::<Job>();
        let (answer, done) = channel();
        thread::Builder::new().name("rnnlab helper".to_owned()).spawn(move || {
            for Job { work, share } in jobs {
                let ended = catch_unwind(AssertUnwindSafe(|| work(share)));
                if answer.send(ended).is_err() {
                    break;
                }
            }
        })?;
        Ok(Self { work, done })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::{ThreadId, current};

    fn several(count: usize) -> Threads {
        Threads::new(NonZeroUsize::new(count).unwrap()).unwrap()
    }

    fn who(parts: usize) -> Vec<ThreadId> {
        in_parts(vec![(); parts], |()| current().id())
    }

    #[test]
    fn a_part_always_goes_to_the_same_thread() {
        assert_eq!((threads(), who(3)), (1, vec![current().id(); 3]));
        let three = several(3);
        let first = three.with(|| {
            assert_eq!(threads(), 3);
            who(5)
        });
        assert_eq!(first[0], current().id());
        assert!(first[0] != first[1] && first[1] != first[2] && first[0] != first[2]);
        assert_eq!((first[3], first[4]), (first[0], first[1]));
        assert_eq!(three.with(|| who(5)), first);
        assert_eq!(threads(), 1);
    }

    #[test]
    fn parts_work_on_what_the_caller_lends_and_results_keep_their_order() {
        let mut numbers: Vec<usize> = (0..100).collect();
        let factor = 3;
        let sums = several(2).with(|| {
            let parts: Vec<_> = numbers.chunks_mut(30).collect();
            in_parts(parts, |part| {
                part.iter_mut().for_each(|x| *x *= factor);
                part.iter().sum::<usize>()
            })
        });
        assert_eq!(numbers[99], 297);
        assert_eq!(sums, [1305, 4005, 6705, 2835]);
    }

    #[test]
    fn inside_a_part_there_is_one_thread() {
        let inner = several(2).with(|| in_parts(vec![(), ()], |()| (threads(), who(2))));
        for (count, ids) in inner {
            assert_eq!((count, ids[0]), (1, ids[1]));
        }
    }

    /// Of the caller's share and of a helper's; the threads can be used afterwards.
    #[test]
    fn a_panic_comes_back_after_all_have_ended() {
        let two = several(2);
        for bad in 0..2 {
            let ended = Mutex::new(0);
            let result = catch_unwind(AssertUnwindSafe(|| {
                two.with(|| {
                    in_parts(vec![0, 1], |part| {
                        assert!(part != bad, "part {part} fails");
                        *ended.lock().unwrap() += 1;
                    });
                });
            }));
            let message = result.unwrap_err().downcast::<String>().unwrap();
            assert_eq!((*message, *ended.lock().unwrap()), (format!("part {bad} fails"), 1));
            assert_eq!(threads(), 1);
        }
        assert_eq!(two.with(|| in_parts(vec![1, 2, 3], |x| x * x)), [1, 4, 9]);
    }

    #[test]
    fn ranges_cover_all_and_differ_by_one() {
        let ranges = |total, count| split(total, count).collect::<Vec<_>>();
        assert_eq!(ranges(20, 3), [0..6, 6..13, 13..20]);
        assert_eq!(ranges(2, 4), [0..1, 1..2]);
        assert_eq!(ranges(0, 2).as_slice(), std::slice::from_ref(&(0..0)));
    }
}
