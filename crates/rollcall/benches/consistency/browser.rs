//! Somebody who asks, and holds each answer against what it must contain.

use std::collections::HashMap;
use std::time::Duration;

use hyper::StatusCode;

use super::client::{Answer, Ask, Client};
use super::dice::Dice;
use super::facts::Facts;
use super::node::Sight;
use super::oracle::Before;
use super::report::Check;
use super::run::Run;
use super::titles::{keys, title};
use super::world::{Person, Role};

/// Whoever met a node that is away tries again after this time.
const AWAY: Duration = Duration::from_millis(20);

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum What {
    Page,
    Fragment(&'static str),
    Json(&'static str),
}

impl What {
    /// One of all; the widgets that writes change, most often.
    pub(crate) fn any(dice: &mut Dice) -> Self {
        if dice.percent(12) {
            return Self::Page;
        }
        let key = match dice.below(10) {
            0..3 => "notification_errors",
            3..6 => "notification_overview",
            6 => "policy_trend",
            _ => keys().nth(dice.below(keys().count())).unwrap_or("policy_trend"),
        };
        if dice.percent(50) { Self::Fragment(key) } else { Self::Json(key) }
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Fragment(_) => "fragment",
            Self::Json(_) => "json",
        }
    }
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Question {
    pub(crate) what: What,
    /// The company that is asked about.
    pub(crate) company: i64,
    pub(crate) german: bool,
    pub(crate) email: String,
}

/// A browser, which keeps what it was shown.
#[derive(Debug)]
pub(crate) struct Browser {
    pub(crate) client: Client,
    pub(crate) dice: Dice,
    german: bool,
    encoding: &'static str,
    shown: HashMap<Question, (Option<String>, Facts)>,
}

impl Browser {
    pub(crate) fn new(run: &Run, task: u64) -> Self {
        let dice = Dice::new(run.seed, task);
        Self { client: Client::default(), dice, german: false, encoding: "", shown: HashMap::new() }
    }

    /// From now on it speaks one of the languages, and takes answers in one of the encodings.
    pub(crate) fn settle_on_a_language(&mut self) {
        self.german = self.dice.percent(50);
        self.encoding = ["", "", "gzip", "zstd"][self.dice.below(4)];
    }

    /// Asks as `person` does, at the node in `place`, and checks the answer.
    pub(crate) async fn look(&mut self, run: &Run, place: usize, person: &Person, what: What, company: i64) {
        let question = Question { what, company, german: self.german, email: person.email.clone() };
        let kept = self.shown.get(&question).cloned();
        let mut ask = question.ask(person, self.encoding);
        if self.dice.percent(70) {
            ask.etag = kept.as_ref().and_then(|(etag, _)| etag.clone());
        }
        let (conditional, asked) = (ask.etag.is_some(), format!("GET {} as {}", ask.path, person.email));
        let sight = run.nodes[place].look();
        let before = run.world.company(company).ledger.read(run.scenario.lag());
        let answer = match self.client.ask(place, sight.address, &ask).await {
            Ok(answer) => answer,
            Err(error) => {
                fail(run, place, sight, format!("{error:#}"), &asked);
                return run.pause(AWAY).await;
            }
        };
        let (etag, facts, kind) = match (answer.status, &kept) {
            (StatusCode::OK, _) => match read(what, &answer) {
                Some(facts) => (answer.etag, facts, what.kind()),
                None => return fail(run, place, sight, "it is no JSON".to_owned(), &asked),
            },
            (StatusCode::NOT_MODIFIED, Some((etag, facts))) if conditional => {
                (etag.clone(), facts.clone(), "not modified")
            }
            (status, _) => return fail(run, place, sight, format!("it answers {status}"), &asked),
        };
        judge(run, (place, sight), &question, person.role, before, &facts, &format!("{asked}: {kind}"));
        let changed = kept.is_some_and(|(_, shown)| shown != facts);
        self.shown.insert(question, (etag, facts));
        run.checked(kind, changed);
    }

    /// Asks something that must be refused with `status`, within `lag`.
    pub(crate) async fn refused(&mut self, run: &Run, place: usize, ask: &Ask, expected: Refusal, lag: Duration) {
        let begun = std::time::Instant::now();
        let asked = format!("{} {}", if ask.form.is_some() { "POST" } else { "GET" }, ask.path);
        loop {
            let sight = run.nodes[place].look();
            let answer = match self.client.ask(place, sight.address, ask).await {
                Ok(answer) => answer,
                Err(error) => return fail(run, place, sight, format!("{error:#}"), &asked),
            };
            if expected.is_met(&answer) {
                return run.checked(expected.kind(), false);
            }
            if answer.status.is_server_error() {
                return fail(run, place, sight, format!("it answers {}", answer.status), &asked);
            }
            if begun.elapsed() < lag && run.is_over() {
                return;
            }
            if begun.elapsed() >= lag {
                let what = format!("{expected:?} is due, it answers {} {}", answer.status, answer.location);
                return run.wrong(expected.check(), what, Some(sight), &asked);
            }
        }
    }
}

/// Why something is refused.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refusal {
    /// Nobody is signed in.
    SignIn,
    /// It is another company's: there is no such thing.
    NotFound,
    /// The role does not allow it.
    Forbidden,
}

impl Refusal {
    fn is_met(self, answer: &Answer) -> bool {
        match self {
            Self::SignIn => {
                answer.status == StatusCode::UNAUTHORIZED
                    || answer.status == StatusCode::SEE_OTHER && answer.location.starts_with("/login")
            }
            Self::NotFound => answer.status == StatusCode::NOT_FOUND && Facts::of_html(&answer.body).listed.is_empty(),
            Self::Forbidden => answer.status == StatusCode::FORBIDDEN,
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Self::SignIn => "refused: signed out or shut out",
            Self::NotFound => "refused: another company",
            Self::Forbidden => "refused: the role",
        }
    }

    fn check(self) -> Check {
        match self {
            Self::NotFound => Check::Foreign,
            Self::SignIn | Self::Forbidden => Check::Access,
        }
    }
}

impl Question {
    fn ask(&self, person: &Person, encoding: &'static str) -> Ask {
        let company = match person.role {
            Role::Operator => format!("?company={}", self.company),
            Role::Viewer | Role::Admin => String::new(),
        };
        let path = match self.what {
            What::Page => format!("/admin{company}"),
            What::Fragment(key) | What::Json(key) => format!("/admin/widgets/{key}{company}"),
        };
        let language = if self.german { "de" } else { "en" };
        Ask {
            path,
            cookie: format!("rollcall_session={}; rollcall_language={language}", person.session()),
            json: matches!(self.what, What::Json(_)),
            fragment: matches!(self.what, What::Fragment(_)),
            encoding,
            etag: None,
            form: None,
        }
    }
}

fn read(what: What, answer: &Answer) -> Option<Facts> {
    match what {
        What::Page | What::Fragment(_) => Some(Facts::of_html(&answer.body)),
        What::Json(key) => Facts::of_json(&answer.body, key),
    }
}

/// There is no answer that could be checked; that is wrong unless something was being done to the node.
fn fail(run: &Run, place: usize, sight: Sight, what: String, asked: &str) {
    if run.nodes[place].is_excused(sight) || run.is_over() {
        run.report.excused(run.fault());
    } else {
        run.wrong(Check::Failed, what, Some(sight), asked);
    }
}

/// Holds what was shown against what must be.
fn judge(
    run: &Run,
    (place, sight): (usize, Sight),
    question: &Question,
    role: Role,
    before: Before,
    facts: &Facts,
    asked: &str,
) {
    let company = run.world.company(question.company);
    let wrong = |check, what| run.wrong(check, what, Some(sight), asked);
    if let Some(other) = facts.companies.iter().find(|id| **id != question.company) {
        wrong(Check::Foreign, format!("of company {}, it names company {other}", question.company));
        // Its figures are that one's, too.
        return;
    }
    let bounds = company.ledger.bounds(before);
    for (name, shown) in [("badge", facts.badge), ("failed", facts.failed), ("bars", facts.bars)] {
        if let Some(shown) = shown.filter(|shown| !bounds.hold(*shown)) {
            wrong(Check::Stale, format!("`{name}` shows {shown}, which must be {bounds}"));
        }
    }
    if let Some(id) = company.ledger.gone(before, &facts.listed) {
        wrong(Check::Stale, format!("notification {id} was sent again, and is listed"));
    }
    // Where the node was started again meanwhile, its clock may be another.
    let today = company.day(sight.now).to_string();
    if let Some(day) = facts.today.as_ref().filter(|day| **day != today)
        && !run.nodes[place].is_excused(sight)
    {
        wrong(Check::Day, format!("its last day is {day}, which must be {today}"));
    }
    for (check, what) in misses(question, role, facts) {
        wrong(check, what);
    }
}

/// What does not depend on when it was asked: language, role, person, and that all is there.
fn misses(question: &Question, role: Role, facts: &Facts) -> Vec<(Check, String)> {
    let mut misses = Vec::new();
    let is = |what: &[What]| what.contains(&question.what);
    let errors = [What::Page, What::Fragment("notification_errors"), What::Json("notification_errors")];
    let overview = [What::Fragment("notification_overview"), What::Json("notification_overview")];
    let complete = (!is(&[What::Page]) || facts.badge.is_some() && facts.person.is_some())
        && (!is(&errors) || facts.bars.is_some() && !facts.listed.is_empty())
        && (!is(&overview) || facts.failed.is_some());
    if !complete {
        misses.push((Check::Failed, format!("something is missing: {facts:?}")));
    }
    let offers = if role == Role::Viewer { 0 } else { facts.listed.len() };
    if is(&errors[..2]) && facts.offers != offers {
        misses.push((Check::Role, format!("a {} is offered {} of {offers} retries", role.name(), facts.offers)));
    }
    let titles: Vec<&str> = match question.what {
        What::Page => keys().map(|key| title(key, question.german)).collect(),
        What::Fragment(key) => vec![title(key, question.german)],
        What::Json(_) => Vec::new(),
    };
    if facts.titles != titles {
        misses.push((Check::Language, format!("its titles are {:?}, which must be {titles:?}", facts.titles)));
    }
    if facts.person.as_ref().is_some_and(|person| *person != question.email) {
        misses.push((Check::Person, format!("it is the page of {:?}", facts.person)));
    }
    misses
}
