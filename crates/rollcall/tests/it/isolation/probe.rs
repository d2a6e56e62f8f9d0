//! A question with the victim's ids in one of its places, and what becomes of it.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE};
use data_encoding::BASE64URL_NOPAD;

use super::rows::{Ids, Row};
use super::seed::{AMOUNTS, CANARY, NAME};
use super::world::{VICTIMS_KEY, Who, World, request};
use crate::support::app::Answer;

/// In which place the victim's ids stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In none.
    Nowhere,
    Path,
    /// Such an id there.
    Crossing(i64),
    /// In none, and such an id of an own row there.
    Pointing(i64),
    /// In that query, and the company's own there.
    Query(&'static str),
    OwnQuery(&'static str),
    /// In that word of the body, or in all.
    Body(&'static str),
    /// Wherever an address may name a company.
    Parameter(&'static str),
    Header(&'static str, &'static str),
    Headers,
    Cookies,
}

/// Headers that somebody might believe.
const HEADERS: [(&str, &str); 11] = [
    ("x-company", "1"),
    ("x-company-id", "1"),
    ("x-tenant", "victim"),
    ("x-tenant-id", "1"),
    ("x-user-id", "2"),
    ("x-forwarded-host", "victim.example.test"),
    ("hx-request", "true"),
    ("referer", "http://localhost/admin?company=1"),
    ("last-event-id", "9"),
    ("idempotency-key", VICTIMS_KEY),
    ("rollcall-count", "yes"),
];
static FRESH: AtomicU64 = AtomicU64::new(0);
const COOKIES: &str = "company=1; company_id=1; tenant=victim; rollcall_company=1; user=2; rollcall_user=2";

/// A question, word for word, so that it can be put again.
#[derive(Clone, Debug)]
pub struct Probe {
    pub row: &'static Row,
    pub who: Who,
    pub place: Place,
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

/// Every question that `who` is to ask of a row but the one that does it.
pub fn places(row: &'static Row, who: Who) -> Vec<Place> {
    let has_victim = !matches!(row.ids, Ids::None | Ids::Word(_) | Ids::Secret(_));
    let own_kind = row.is_api() == matches!(who, Who::Token | Who::ViewersToken | Who::OperatorsToken);
    // What operators may do with any company is not asked in its place.
    if who.is_operator() && row.operators {
        return Vec::new();
    }
    let first = if has_victim { Place::Path } else { Place::Nowhere };
    if who.is_out() || !own_kind {
        return vec![first];
    }
    let mut places = vec![first];
    places.extend(row.crossing.iter().map(|id| Place::Crossing(*id)));
    places.extend(row.pointing.iter().map(|id| Place::Pointing(*id)));
    places.extend(row.queries.iter().map(|query| Place::Query(query)));
    places.extend(words(row.body.map_or("", |(_, body)| body)).into_iter().map(Place::Body));
    if !matches!(who, Who::Admin | Who::Token) {
        return places;
    }
    // Without an id in it, it is the same question.
    places.extend(row.queries.iter().filter(|query| query.contains('@')).map(|query| Place::OwnQuery(query)));
    places.extend(["company=1", "company=victim", "company=VICTIM&company=2"].map(Place::Parameter));
    places.extend([
        Place::Header("rollcall-company", "1"),
        Place::Header("rollcall-company", "victim"),
        Place::Header("hx-current-url", "http://localhost/admin?company=1"),
        Place::Header("hx-current-url", "http://localhost/admin?period=7d&branch=101"),
        Place::Header("accept", "application/json"),
        Place::Headers,
        Place::Cookies,
    ]);
    places
}

/// The words of a template that stand for ids.
fn words(template: &'static str) -> Vec<&'static str> {
    let all = template.split('@').skip(1).map(|rest| &rest[..end(rest)]);
    all.filter(|word| *word != "fresh").collect()
}

fn end(word: &str) -> usize {
    word.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(word.len())
}

fn meant(word: &str, victims: bool) -> &'static str {
    match (word, victims) {
        ("company", false) => "2",
        ("company", true) => "1",
        ("admin", false) => "5",
        ("admin", true) => "2",
        ("user", false) => "21",
        ("user", true) => "11",
        ("email", false) => "admin2@example.test",
        ("email", true) => "admin1@example.test",
        ("session", false) => "%own",
        ("session", true) => "%victims",
        ("overrides_id", false) => "202",
        ("overrides_id", true) => "102",
        (_, false) => "201",
        (_, true) => "101",
    }
}

fn filled(template: &str, victims: impl Fn(&str) -> bool) -> String {
    let mut parts = template.split('@');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (word, rest) = part.split_at(end(part));
        text.push_str(meant(word, victims(word)));
        text.push_str(rest);
    }
    text
}

/// The query with the own place in a list that it asks for, before all rows: a page that is not the first says how many there are.
fn own_place(world: &World<'_>, query: &str) -> String {
    let Some((start, rest)) = query.split_once("%place:") else { return query.to_owned() };
    let (list, rest) = rest.split_once('&').map_or((rest, String::new()), |(list, rest)| (list, format!("&{rest}")));
    let place = match list.split_once('.').unwrap().1 {
        "-id" => "999999.",
        "name" => "0.!",
        _ => "999999.2099-12-31T00:00:00Z",
    };
    let seal = world.app.app.keyed_hash("cursor", &format!("2.{list}\n{place}"));
    let cursor = BASE64URL_NOPAD.encode(format!("{}{place}", &seal[..16]).as_bytes());
    format!("{start}{cursor}{rest}")
}

impl Probe {
    /// The question as it is put now.
    pub async fn of(world: &World<'_>, row: &'static Row, who: Who, place: Place) -> Self {
        // What might do something is asked of the victim's row in whichever place else its ids stand.
        let generic = !matches!(
            place,
            Place::Nowhere
                | Place::Crossing(_)
                | Place::Pointing(_)
                | Place::Body(_)
                | Place::OwnQuery(_)
                | Place::Query(_)
        );
        let has_one = !matches!(row.ids, Ids::Word(_) | Ids::Secret(_));
        let of_victim = has_one && (place == Place::Path || (generic && row.method() != "GET"));
        let path = match place {
            Place::Crossing(id) | Place::Pointing(id) => row.path().replace("{id}", &id.to_string()),
            _ => path(world, row, of_victim),
        };
        let path = match row.ids {
            Ids::Secret(secret) if who == Who::Comer => row.path().replace("{secret}", secret),
            _ => path,
        };
        let query = match place {
            Place::Query(query) => filled(query, |_| true),
            Place::OwnQuery(query) => filled(query, |_| false),
            Place::Parameter(query) => query.to_owned(),
            _ => String::new(),
        };
        let list =
            format!("/api/v1/{}", row.path().split('/').nth(if row.is_api() { 3 } else { 2 }).unwrap_or_default());
        let cursor = world.cast.told.get(&list).or_else(|| world.cast.told.values().next()).unwrap();
        let mut query = own_place(world, &query.replace("%cursor", &urlencoding::encode(cursor)));
        let mut headers = Vec::new();
        match place {
            Place::Header(name, value) => headers.push((name, value.to_owned())),
            Place::Headers => headers.extend(HEADERS.map(|(name, value)| (name, value.to_owned()))),
            Place::Cookies => headers.push((COOKIE.as_str(), COOKIES.to_owned())),
            _ => {}
        }
        // An operator is at work in the own company.
        match who {
            Who::Operator if !row.operators => query.push_str("&company=2"),
            Who::OperatorsToken if !row.operators => headers.push(("rollcall-company", "2".to_owned())),
            _ => {}
        }
        let tag = tag(world, row, &path, of_victim).await;
        if matches!(row.method(), "PATCH" | "DELETE") {
            headers.push(("if-match", if tag.is_empty() { "*".to_owned() } else { tag.clone() }));
        } else if row.method() == "GET" && !tag.is_empty() {
            headers.push(("if-none-match", tag.clone()));
        }
        let body = row.body.map_or("", |(_, body)| body);
        // An address is somebody's once.
        let fresh = format!("new{}@example.test", FRESH.fetch_add(1, Ordering::SeqCst));
        let body =
            filled(&body.replace("@fresh", "%fresh"), |word| matches!(place, Place::Body(victims) if victims == word));
        let body = body.replace("%tag", &urlencoding::encode(&tag)).replace("%fresh", &fresh);
        if let Some((kind, _)) = row.body {
            headers.push((CONTENT_TYPE.as_str(), kind.to_owned()));
        }
        let query = query.trim_start_matches('&');
        let path = if query.is_empty() { path } else { format!("{path}?{query}") };
        Self { row, who, place, path, headers, body }
    }

    /// The same path, as the victim asks for its own.
    pub fn victims_path(world: &World<'_>, row: &Row) -> String {
        path(world, row, true)
    }

    /// Asks.
    pub async fn put(&self, world: &World<'_>) -> Answer {
        let credentials = &world.cast.people[&self.who];
        let mut request = request(credentials, self.row.method(), &self.path);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        // Each world has its own.
        let [victims, own] = &world.cast.sessions;
        let body = self.body.replace("%victims", victims).replace("%own", own).replace("%code", &world.cast.code);
        world.app.begin(request.body(Body::from(body)).unwrap()).await
    }

    /// Whether somebody who is let in reaches for a row of the victim's by it, and so must be reported.
    pub fn reaches(&self, status: u16) -> bool {
        let kind = self.row.is_api() == matches!(self.who, Who::Token | Who::ViewersToken | Who::OperatorsToken);
        if self.who.is_out() || !kind || matches!(status, 401 | 403) {
            return false;
        }
        match self.place {
            Place::Path => matches!(self.row.ids, Ids::Row(_) | Ids::User | Ids::Token | Ids::Line),
            Place::Body(word) => {
                !matches!(word, "email" | "customer" | "notification" | "company" | "user" | "session")
            }
            // An id without its type may be of any table.
            Place::Query(query) => {
                let typed = query.contains("_type=") && query.contains("_id=@");
                let sure =
                    ["customer_id=@", "staff_id=@", "branch_id=@", "branch=@"].iter().any(|part| query.contains(part));
                (typed && !query.contains("_type=company")) || sure
            }
            _ => false,
        }
    }

    /// What an answer shows that nobody but the victim's people, and operators of names, may see.
    pub fn shown(&self, text: &str) -> Option<&'static str> {
        // Operators read there who tried what, in every company.
        if self.who.is_operator() && self.row.path().starts_with("/admin/operations/security") {
            return None;
        }
        let people = ["admin1@", "manager1@", "viewer1@", "spare1@"];
        let said = |word: &str| self.path.contains(word) || self.body.contains(word);
        let words = [CANARY].into_iter().chain(AMOUNTS).chain(people);
        let name = (!self.who.is_operator()).then_some(NAME);
        words.chain(name).find(|word| text.contains(word) && !said(word))
    }
}

/// The path, with an id in it.
fn path(world: &World<'_>, row: &Row, of_victim: bool) -> String {
    let id = match (row.ids, of_victim) {
        (Ids::None | Ids::Word(_) | Ids::Secret(_), _) => 0,
        (Ids::Row(own), false) => own,
        (Ids::Row(own), true) => format!("10{}", &own.to_string()[2..]).parse().unwrap(),
        (Ids::User, victims) => meant("user", victims).parse().unwrap(),
        (Ids::Company, victims) => meant("company", victims).parse().unwrap(),
        (Ids::Token, victims) => world.cast.tokens[usize::from(!victims)],
        (Ids::Line, victims) => world.cast.lines[usize::from(!victims)],
    };
    let word = match row.ids {
        Ids::Word(word) => word.to_owned(),
        Ids::Secret(_) => "sent-to-nobody".to_owned(),
        _ => id.to_string(),
    };
    ["{id}", "{key}", "{name}", "{resource}", "{secret}", "{*path}"]
        .iter()
        .fold(row.path().to_owned(), |path, brace| path.replace(brace, &word))
}

/// The state of a row, as its own company is told: a tag that the other one must not be able to use. A form has it in it.
async fn tag(world: &World<'_>, row: &Row, path: &str, of_victim: bool) -> String {
    // A company's page is there for operators alone, and has none.
    if !row.path().contains("{id}") || (row.ids == Ids::Company && !row.is_api()) {
        return String::new();
    }
    // Not by those whose requests are counted in both worlds.
    let by = match (of_victim, row.is_api()) {
        (true, api) => &world.cast.victim[usize::from(api)],
        (false, true) => &world.cast.people[&Who::OperatorsToken],
        (false, false) => &world.cast.people[&Who::Operator],
    };
    let company = if of_victim { "" } else { "?company=2" };
    let path = ["/cancel", "/reschedule", "/complete", "/no-show", "/reopen", "/retry"].iter().fold(
        path,
        |path, end| match row.is_api() {
            true => path.trim_end_matches(end),
            false => path,
        },
    );
    let answer = world.app.send(request(by, "GET", &format!("{path}{company}")).body(Body::empty()).unwrap()).await;
    match answer.body.split_once("name=\"tag\" value=\"") {
        Some((_, rest)) => rest.split('"').next().unwrap_or_default().replace("&#34;", "\""),
        None => answer.header("etag").to_owned(),
    }
}

/// Where a second step's secret stands in a page, as text and as a picture, and recovery codes.
const MADE: [(&str, &str); 3] = [("id=\"secret\">", "<"), ("<svg class=\"qr\"", "</svg>"), ("<li><code>", "</code>")];

/// A text without what stands between these.
fn hidden(text: &str, from: &str, to: &str) -> String {
    let mut parts = text.split(from);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + from + part.find(to).map_or("", |end| &part[end..]))
}

/// An answer without what belongs to the request alone: its id, a session's or a token's secret, chance.
pub fn told(answer: &Answer) -> String {
    let request_id = answer.header("x-request-id");
    let mut head: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["x-request-id", "date", "content-length"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
        .map(|line| line.split("rollcall_session=").next().unwrap_or_default().to_owned())
        .collect();
    head.sort();
    let body = if request_id.is_empty() { answer.body.clone() } else { answer.body.replace(request_id, "…") };
    let body = MADE.iter().fold(body.replace("/invitation/", "rc_"), |body, (from, to)| hidden(&body, from, to));
    let mut lines: Vec<String> = body
        .split("rc_")
        .enumerate()
        .map(|(at, part)| {
            let secret = if at == 0 {
                0
            } else {
                part.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').unwrap_or(part.len())
            };
            part[secret..].to_owned()
        })
        .collect();
    if lines[0].starts_with("retry: ") {
        lines[0] = lines[0].split_once('\n').map_or_else(String::new, |(_, rest)| rest.to_owned());
    }
    format!("{}\n{}\n\n{}", answer.status, head.join("\n"), lines.join("rc_…"))
}
