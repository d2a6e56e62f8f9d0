//! The load: who reads, who writes, who comes and goes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use hyper::StatusCode;

use super::browser::{Browser, Refusal, What};
use super::client::{Ask, Client};
use super::foreign::Foreign;
use super::oracle::Write;
use super::report::Check;
use super::run::Run;
use super::world::{Company, PASSWORD, Person, Role, World, wanderer};

/// How often is looked whether a node is there again.
const LOOK: Duration = Duration::from_millis(20);

/// Signs in at the node at `address`; answers the session.
pub(crate) async fn sign_in(client: &mut Client, run: &Run, email: &str) -> Result<String> {
    let form = format!("email={}&password={}", urlencoding::encode(email), urlencoding::encode(PASSWORD));
    // A node may be away; another one takes the sign-in then.
    for place in (0..run.nodes.len()).cycle().take(200) {
        let sight = run.nodes[place].look();
        if !sight.up {
            run.pause(LOOK).await;
            continue;
        }
        let ask = Ask { path: "/login".to_owned(), form: Some(form.clone()), ..Ask::default() };
        match client.ask(place, sight.address, &ask).await {
            Ok(answer) => {
                let session = answer.session.filter(|session| !session.is_empty());
                ensure!(answer.status == StatusCode::SEE_OTHER, "signing in answers {}", answer.status);
                return session.ok_or_else(|| anyhow::anyhow!("signing in gives no session"));
            }
            Err(error) => ensure!(run.nodes[place].is_excused(sight), "signing in: {error:#}"),
        }
    }
    anyhow::bail!("no node takes a sign-in")
}

fn cookie(session: &str) -> String {
    format!("rollcall_session={session}")
}

/// Reads at random, now and then what must be refused.
pub(crate) async fn read(run: Arc<Run>, task: u64) -> Result<()> {
    let run = &*run;
    let mut browser = Browser::new(run, task);
    let mut person = browser.dice.of(&run.world.people).clone();
    while !run.is_over() {
        if browser.dice.percent(2) {
            // Another person, in another browser at the same desk.
            person = browser.dice.of(&run.world.people).clone();
            browser.settle_on_a_language();
        }
        let place = run.any_node(&mut browser.dice);
        let some = browser.dice.of(&run.world.companies).id;
        let company = person.company.unwrap_or(some);
        match browser.dice.below(1_000) {
            0..3 if some != company => browser.trespass(run, place, &person, some).await,
            3..5 if person.role == Role::Viewer => browser.overstep(run, place, &person).await,
            _ => {
                let what = What::any(&mut browser.dice);
                browser.look(run, place, &person, what, company).await;
            }
        }
    }
    Ok(())
}

impl Browser {
    /// Asks for another company, which does not exist for whoever asks.
    async fn trespass(&mut self, run: &Run, place: usize, person: &Person, other: i64) {
        let path = match (self.dice.below(4), run.world.company(other).any_failed()) {
            (0, _) => format!("/admin?company={other}"),
            (1, Some(id)) => format!("/admin/notifications/{id}/retry"),
            (2, _) => format!("/admin/widgets/notification_errors?company=company-{other}"),
            _ => format!("/admin/widgets/notification_errors?company={other}"),
        };
        let form = path.ends_with("/retry").then(String::new);
        let json = form.is_none() && self.dice.percent(50);
        let ask = Ask { path, cookie: cookie(person.session()), form, json, ..Ask::default() };
        self.refused(run, place, &ask, Refusal::NotFound, Duration::ZERO).await;
    }

    /// A viewer tries to write.
    async fn overstep(&mut self, run: &Run, place: usize, person: &Person) {
        let Some(company) = person.company.map(|id| run.world.company(id)) else { return };
        let Some(id) = company.any_failed() else { return };
        let ask = retry(id, person.session());
        self.refused(run, place, &ask, Refusal::Forbidden, Duration::ZERO).await;
    }
}

fn retry(id: u64, session: &str) -> Ask {
    Ask {
        path: format!("/admin/notifications/{id}/retry"),
        cookie: cookie(session),
        form: Some("return_to=/admin".to_owned()),
        ..Ask::default()
    }
}

/// Writes whenever a write is due, and looks at every node after each.
pub(crate) async fn write(run: Arc<Run>, task: u64) -> Result<()> {
    let run = &*run;
    let mut browser = Browser::new(run, task);
    while run.due(&run.writes).await {
        browser.settle_on_a_language();
        let company = browser.dice.of(&run.world.companies);
        let Some(admin) = run.world.people.iter().find(|it| it.company == Some(company.id) && it.role == Role::Admin)
        else {
            continue;
        };
        let Some(id) = company.take(&mut browser.dice) else { continue };
        let write = company.ledger.attempt(id);
        if !send_again(run, &mut browser, company, admin.session(), (id, write)).await {
            return Ok(());
        }
        for place in 0..run.nodes.len() {
            if run.nodes[place].look().up {
                let what = *browser.dice.of(&[
                    What::Page,
                    What::Fragment("notification_errors"),
                    What::Fragment("notification_overview"),
                    What::Json("notification_overview"),
                ]);
                browser.look(run, place, admin, what, company.id).await;
            }
        }
    }
    Ok(())
}

/// Sends a notification again until a node acknowledges it: where one was killed in mid-write, nobody knows whether it was.
/// False where the run ended before.
async fn send_again(
    run: &Run,
    browser: &mut Browser,
    company: &Company,
    session: &str,
    (id, write): (u64, Write),
) -> bool {
    let ask = retry(id, session);
    let mut tried = false;
    while !run.is_over() {
        let place = run.any_node(&mut browser.dice);
        let sight = run.nodes[place].look();
        if !sight.up {
            run.pause(LOOK).await;
            continue;
        }
        let wrong = match browser.client.ask(place, sight.address, &ask).await {
            Ok(answer) if answer.location.contains("notice=retried") => None,
            Ok(answer) if answer.location.contains("notice=nothing_to_retry") && tried => None,
            Ok(answer) => Some(format!("it answers {} {}", answer.status, answer.location)),
            Err(error) => Some(format!("{error:#}")),
        };
        let Some(what) = wrong else {
            company.ledger.acknowledge(write);
            run.checked("write", true);
            return true;
        };
        tried = true;
        if run.nodes[place].is_excused(sight) {
            run.report.excused(run.fault());
        } else {
            run.wrong(Check::Failed, what, Some(sight), &format!("POST {}", ask.path));
        }
    }
    false
}

/// Another application on the same database: adds what can be sent again, and rows that no check looks at.
pub(crate) async fn write_foreign(run: Arc<Run>, task: u64) -> Result<()> {
    let run = &*run;
    let foreign = Foreign::connect(&run.world.url).await?;
    let mut dice = super::dice::Dice::new(run.seed, task);
    while run.due(&run.foreign_writes).await {
        for company in run.world.companies.iter().filter(|company| company.runs_low()) {
            run.world.refill(&foreign, company).await?;
        }
        let company = dice.of(&run.world.companies).id;
        foreign.run(&noise(company, &mut dice)).await?;
    }
    foreign.close().await
}

fn noise(company: i64, dice: &mut super::dice::Dice) -> String {
    let row = company * 100 + 1 + i64::try_from(dice.below(5)).unwrap_or(0);
    match dice.below(4) {
        0 => {
            let rows = vec![
                format!(
                    "({company}, {row}, {row}, NOW() - INTERVAL {} DAY, NOW(), 'completed', NOW() - INTERVAL 3 DAY)",
                    2 + dice.below(20)
                );
                1 + dice.below(200)
            ];
            format!(
                "INSERT INTO appointments (company_id, staff_id, customer_id, starts_at, ends_at, status, created_at) \
                 VALUES {}",
                rows.join(", ")
            )
        }
        1 => format!("UPDATE customers SET journey_status = 'prospect' WHERE id = {row} AND company_id = {company}"),
        2 => format!("UPDATE staff SET name = CONCAT(name, '.') WHERE id = {row} AND LENGTH(name) < 60"),
        _ => format!(
            "INSERT INTO appointment_modification_stats \
             (company_id, customer_id, stat_type, count, period_start, period_end, created_at) \
             VALUES ({company}, {row}, 'violation', 1, CURDATE(), CURDATE(), NOW() - INTERVAL 2 DAY)"
        ),
    }
}

/// Signs in, looks at every node, signs out at one, and must be refused by all.
pub(crate) async fn sign_out(run: Arc<Run>, task: u64) -> Result<()> {
    let run = &*run;
    let mut browser = Browser::new(run, task);
    while run.due(&run.sign_outs).await {
        browser.settle_on_a_language();
        let mut person = browser.dice.of(&run.world.people).clone();
        let session = sign_in(&mut browser.client, run, &person.email).await?;
        person = person.with_session(session);
        let company = person.company.unwrap_or(1);
        for place in 0..run.nodes.len() {
            browser.look(run, place, &person, What::Page, company).await;
        }
        let place = run.any_node(&mut browser.dice);
        let sight = run.nodes[place].look();
        let path = "/logout".to_owned();
        let ask = Ask { path, cookie: cookie(person.session()), form: Some(String::new()), ..Ask::default() };
        match browser.client.ask(place, sight.address, &ask).await {
            Ok(answer) if answer.status == StatusCode::SEE_OTHER => {}
            _ if run.nodes[place].is_excused(sight) => continue,
            answer => {
                run.wrong(
                    Check::Failed,
                    format!("signing out: {:?}", answer.map(|it| it.status)),
                    Some(sight),
                    "logout",
                );
            }
        }
        for place in 0..run.nodes.len() {
            let ask = Ask { path: "/admin".to_owned(), cookie: cookie(person.session()), ..Ask::default() };
            browser.refused(run, place, &ask, Refusal::SignIn, run.scenario.lag()).await;
        }
    }
    Ok(())
}

/// What may become of somebody.
const FATES: [(&str, i64); 5] = [("viewer", 1), ("admin", 1), ("admin", 2), ("nobody", 2), ("viewer", 3)];

/// Another application moves somebody to another role or company, or shuts them out; every node must know.
pub(crate) async fn wander(run: Arc<Run>, task: u64, user: i64) -> Result<()> {
    let run = &*run;
    let foreign = Foreign::connect(&run.world.url).await?;
    let mut browser = Browser::new(run, task);
    let email = wanderer(user);
    foreign.run(&World::fate(user, "viewer", 1)).await?;
    let session = sign_in(&mut browser.client, run, &email).await?;
    while run.due(&run.moves).await {
        browser.settle_on_a_language();
        let (role, company) = *browser.dice.of(&FATES);
        foreign.run(&World::fate(user, role, company)).await?;
        let known = match role {
            "admin" => Some(Role::Admin),
            "viewer" => Some(Role::Viewer),
            _ => None,
        };
        for place in (0..run.nodes.len()).filter(|place| run.nodes[*place].look().up) {
            let ask = Ask { path: "/admin".to_owned(), cookie: cookie(&session), ..Ask::default() };
            let Some(role) = known else {
                browser.refused(run, place, &ask, Refusal::SignIn, run.scenario.foreign_lag()).await;
                continue;
            };
            let person = Person::new(email.clone(), role, Some(company)).with_session(session.clone());
            if !browser.until_known(run, place, &ask, &person, company).await {
                continue;
            }
            browser.look(run, place, &person, What::Page, company).await;
            browser.look(run, place, &person, What::Fragment("notification_errors"), company).await;
        }
    }
    foreign.close().await
}

impl Browser {
    /// Where a node may learn of a move later, asks until it has; false where it cannot be asked.
    async fn until_known(&mut self, run: &Run, place: usize, ask: &Ask, person: &Person, company: i64) -> bool {
        let lag = run.scenario.foreign_lag();
        let begun = Instant::now();
        while begun.elapsed() < lag && !run.is_over() {
            let sight = run.nodes[place].look();
            let Ok(answer) = self.client.ask(place, sight.address, ask).await else { return false };
            let facts = super::facts::Facts::of_html(&answer.body);
            let offers = facts.offers > 0;
            if facts.companies == [company] && offers == (person.role == Role::Admin) {
                return true;
            }
        }
        true
    }
}
