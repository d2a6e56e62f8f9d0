//! What `benches/consistency/` judges answers by: a checker that cannot tell right from wrong finds nothing.

#[path = "../../benches/consistency/facts.rs"]
mod facts;
#[path = "../../benches/consistency/oracle.rs"]
mod oracle;

use std::time::Duration;

use facts::Facts;
use oracle::{Bounds, Ledger};

#[test]
fn a_page_is_read_by_its_marks() {
    let facts = Facts::of_html(
        r##"<p class="menu-who"><strong>canary3x A</strong><span>a.canary3x@p.test</span><span>Admin</span></p>
        <span class="badge" data-badge="notifications" data-count="40"></span>
        <section id="notification_overview"><h2 id="notification_overview-title" tabindex="-1">At a glance</h2>
        <div class="stat" data-stat="failed"><dd><data value="39">39</data></dd></div></section>
        <table data-figures-of="policy_trend"><tbody><tr><th data-value="2026-11-21"></th></tr>
        <tr data-today><th scope="row" data-short="22" data-value="2026-11-22">x</th></tr></tbody></table>
        <table data-figures-of="notification_errors"><tbody><tr><td class="number" data-value="30">30</td></tr>
        <tr><td class="number" data-value="8">8</td></tr></tbody></table>
        <td data-value="canary3x.17@r.test">canary3x.17@r.test</td>
        <form method="post" action="/admin/notifications/17/retry"></form>"##,
    );
    assert_eq!((facts.badge, facts.failed, facts.bars), (Some(40), Some(39), Some(38)));
    assert_eq!((facts.listed, facts.offers, facts.companies), (vec![17], 1, vec![3]));
    assert_eq!((facts.today.as_deref(), facts.person.as_deref()), (Some("2026-11-22"), Some("a.canary3x@p.test")));
    assert_eq!(facts.titles, ["At a glance"]);
}

#[test]
fn json_is_read_by_its_keys() {
    let body = r#"{"stats":[{"key":"sent","value":1},{"key":"failed","value":7}],"x":"canary4x"}"#;
    let facts = Facts::of_json(body, "notification_overview").unwrap();
    assert_eq!((facts.failed, facts.companies), (Some(7), vec![4]));
    let body = r#"{"datasets":[{"data":[3,4]}],"rows":[["canary4x.5@r.test"]]}"#;
    let facts = Facts::of_json(body, "notification_errors").unwrap();
    assert_eq!((facts.bars, facts.listed), (Some(7), vec![5]));
    let facts = Facts::of_json(r#"{"labels":["2026-11-21","2026-11-22"]}"#, "policy_trend").unwrap();
    assert_eq!(facts.today.as_deref(), Some("2026-11-22"));
    assert_eq!(Facts::of_json("<html>", "policy_trend"), None);
}

#[test]
fn an_answer_of_two_companies_says_so() {
    assert_eq!(Facts::of_html("canary3x canary12x canaryx canary3x").companies, [3, 12]);
}

fn bounds(least: u64, most: u64) -> Bounds {
    Bounds { least, most }
}

#[test]
fn a_read_must_see_what_was_acknowledged_before_it_and_may_see_what_was_begun_before_it_ended() {
    let ledger = Ledger::new(10);
    let before = ledger.read(Duration::ZERO);
    assert_eq!(ledger.bounds(before), bounds(10, 10), "nothing happened");
    let write = ledger.attempt(7);
    assert_eq!(ledger.bounds(before), bounds(9, 10), "it may have happened");
    ledger.acknowledge(write);
    assert_eq!(ledger.bounds(before), bounds(9, 10), "for a read from before it stays open");
    assert_eq!(ledger.gone(before, &[7]), None);
    let after = ledger.read(Duration::ZERO);
    assert_eq!(ledger.bounds(after), bounds(9, 9));
    assert_eq!(ledger.gone(after, &[6, 7]), Some(7));
}

#[test]
fn what_others_add_may_show_at_once_and_must_show_after_the_next_write() {
    let ledger = Ledger::new(10);
    let early = ledger.attempt(1);
    ledger.adds(5);
    assert_eq!(ledger.bounds(ledger.read(Duration::ZERO)), bounds(9, 15));
    ledger.added(5);
    ledger.acknowledge(early);
    let open = ledger.bounds(ledger.read(Duration::ZERO));
    assert_eq!(open, bounds(9, 14), "that write began before they were committed");
    let late = ledger.attempt(2);
    ledger.acknowledge(late);
    assert_eq!(ledger.bounds(ledger.read(Duration::ZERO)), bounds(13, 13));
}

#[test]
fn with_a_lag_only_what_is_older_must_be_seen() {
    let ledger = Ledger::new(10);
    let write = ledger.attempt(7);
    ledger.acknowledge(write);
    let lagging = ledger.read(Duration::from_secs(3));
    assert_eq!(ledger.bounds(lagging), bounds(9, 10));
    assert_eq!(ledger.gone(lagging, &[7]), None);
}

#[test]
fn both_bounds_belong_to_what_holds() {
    assert!(bounds(2, 3).hold(2) && bounds(2, 3).hold(3));
    assert!(!bounds(2, 3).hold(1) && !bounds(2, 3).hold(4));
}
