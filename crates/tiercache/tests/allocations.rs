//! What a hit costs in heap allocations. A binary of its own: it counts for the whole process.

use std::alloc::System;
use std::time::Duration;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tiercache::{Cache, Config, Key, Level, PinnedClock, SplitMix};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[tokio::test]
async fn a_hit_allocates_less_than_once_in_four() {
    let cache = Cache::new(Config::default(), PinnedClock::at(0), SplitMix::seeded(1));
    let key = Key::new(42, "app:company_42:widget");
    let ask = || cache.get_or_load(&key, 1, Duration::from_secs(60), || async { Ok::<_, std::io::Error>("a page") });
    ask().await.unwrap();
    // Moka sweeps in passing, every now and then: what it takes for that is shared out among many hits.
    const HITS: usize = 10_000;
    let region = Region::new(ALLOCATOR);
    for _ in 0..HITS {
        assert_eq!(ask().await.unwrap().meta.level, Level::Memory);
    }
    let allocated = region.change().allocations;
    assert!(allocated <= HITS / 4, "{allocated} allocations for {HITS} hits");
}
