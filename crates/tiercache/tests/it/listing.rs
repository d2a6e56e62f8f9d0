//! Looking at what there is, and clearing it.

use tiercache::{Key, Level};

use crate::redis_or_return;
use crate::support::server::Server;
use crate::support::{Source, ask, cache, roomy, until_stored, until_up};

#[tokio::test]
async fn a_prefix_lists_and_clears_one_company_and_nothing_else() {
    redis_or_return!();
    let server = Server::start(&[]);
    let cache = cache(roomy(&server.url()));
    until_up(&cache).await;
    let source = Source::default();
    for company in [4, 42] {
        for n in 0..700 {
            ask(&cache, &Key::new(company, format!("app:company_{company}:w*{n}")), 3, &source).await;
        }
        until_stored(&cache, &Key::new(company, format!("app:company_{company}:w*699")), 3).await;
    }
    server.command(&["RPUSH", "app:company_4:a list", "of somebody else"]).unwrap();
    server.command(&["SET", "app:company_4:a text", "of somebody else"]).unwrap();

    let listing = cache.entries("app:company_4:", 5000).await;
    assert!(listing.complete);
    assert_eq!(listing.entries.len(), 1400);
    let first = &listing.entries[0];
    assert_eq!((first.owner, first.version, first.level), (4, 3, Level::Memory));
    let few = cache.entries("app:company_4:", 10).await;
    assert_eq!((few.entries.len(), few.complete), (20, false));

    let cleared = cache.clear_prefix("app:company_4:w*").await;
    assert_eq!((cleared.memory, cleared.redis, cleared.complete), (700, 700, true));
    assert!(cache.entries("app:company_4:", 10).await.entries.is_empty());
    assert_eq!(cache.entries("app:company_42:", 5000).await.entries.len(), 1400);

    let cleared = cache.remove(&Key::new(42, "app:company_42:w*5")).await;
    assert_eq!((cleared.memory, cleared.redis, cleared.complete), (1, 1, true));
    let loads = source.loads();
    ask(&cache, &Key::new(42, "app:company_42:w*5"), 3, &source).await;
    assert_eq!(source.loads(), loads + 1);
}
