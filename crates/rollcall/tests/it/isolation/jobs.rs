//! What `serve` does beside answering, each once.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use rollcall::audit::Actor;
use rollcall::bulk::Worker;
use rollcall::versions::Topics;
use rollcall::{changes, jobs as running, reports, web};
use tokio_util::sync::CancellationToken;

use super::probe::told;
use super::seed::CANARY;
use super::work::{mailing, mails};
use super::world::{Credentials, Who, World, request};
use super::worlds::Worlds;
use crate::support::app::Answer;
use crate::support::smtp::SmtpServer;

/// What comes of a job: what the company is told, or what is wrong.
type Told = Result<Vec<String>, String>;

/// Rows that a foreign application writes; the victim's are those whose numbers begin with 10.
const FOREIGN: [&str; 8] = [
    "UPDATE appointments SET status = 'no_show' WHERE id IN (102, 202)",
    // On a customer of the other company.
    "UPDATE appointments SET status = 'no_show' WHERE id IN (107, 207)",
    "UPDATE appointments SET customer_id = company_id * 100 + 2 WHERE id IN (119, 219)",
    "UPDATE customers SET created_at = NULL WHERE id IN (103, 203)",
    "UPDATE customers SET journey_status = 'regular' WHERE id IN (102, 202)",
    "UPDATE services SET name = 'own other service' WHERE id IN (202)",
    "UPDATE notification_queues SET status = 'sent' WHERE id IN (104, 204)",
    "DELETE FROM appointment_modifications WHERE id IN (102, 202)",
];

async fn get(world: &World<'_>, path: &str) -> Answer {
    let asked = request(&world.cast.people[&Who::Admin], "GET", path);
    world.app.send(asked.body(Body::empty()).unwrap()).await
}

async fn post(world: &World<'_>, by: &Credentials, path: &str, form: &str) -> Answer {
    let asked = request(by, "POST", path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    world.app.send(asked.body(Body::from(form.to_owned())).unwrap()).await
}

/// What a foreign application wrote is settled, and heard of.
pub async fn poll(world: &World<'_>) -> Told {
    for text in FOREIGN {
        world.test.sql(text).await;
    }
    changes::settle_all(&world.app.app.db, &world.app.app.clock).await.map_err(|error| error.to_string())?;
    changes::listen(&world.app.app.db).await.map_err(|error| error.to_string())?;
    let left: i64 = world.test.value("SELECT COUNT(*) FROM change_log WHERE company_id = 2").await;
    Ok(vec![format!("{left} changes wait"), told(&get(world, "/admin/customers").await)])
}

/// Notifications of both companies that go to somebody of the other one are to be sent.
pub async fn into_the_other_company(world: &World<'_>) {
    for (company, says) in [(1, CANARY), (2, "own")] {
        let payload = format!("{{\"subject\": \"{says} crossing\", \"body\": \"{says} crossing\"}}");
        let ids = [7, 8, 10].map(|id| format!("{company}0{id}")).join(", ");
        world
            .test
            .sql(&format!(
                "UPDATE notification_queues SET status = 'pending', channel = 'email', payload = '{payload}', \
                 recipient = '{says}.crossing@example.test' WHERE id IN ({ids})"
            ))
            .await;
    }
}

/// Jobs, each under the same name in both companies; `$b` begins the ids of whoever asks, `$o` those of the other one.
const BULK: [(&str, &str); 4] = [
    ("both-isolate-1", "/admin/services/bulk?id=$b2&id=$b3&id=$o2&act=deactivate"),
    ("both-isolate-2", "/admin/services/bulk?id=$b2&id=$b4&id=$o4&act=deactivate"),
    // One with the other company's people and things among them.
    ("both-isolate-3", "/admin/appointments/bulk?id=$b15&id=$b8&id=$b24&id=$b3&id=$o15&act=cancel"),
    ("both-isolate-4", "/admin/notifications/bulk?id=$b4&id=$b6&id=$b3&id=$b7&id=$b8&id=$b10&id=$o4&act=set_aside"),
];

/// Both companies want the same of many rows; one of the jobs is taken back, one is called off, and old ones are forgotten.
pub async fn bulk(world: &World<'_>) -> Told {
    let admin = &world.cast.people[&Who::Admin];
    for (by, base, other) in [(&world.cast.victim[0], "10", "20"), (admin, "20", "10")] {
        for (name, path) in BULK {
            post(world, by, &path.replace("$b", base).replace("$o", other), &format!("key={name}&n=9&reason=")).await;
        }
    }
    post(world, admin, "/admin/bulk/both-isolate-2/cancel", "").await;
    // The company's first: ids of what is made are the same where there is no victim.
    world.test.sql("UPDATE rollcall_bulk SET leased_until = 1 WHERE company_id = 1").await;
    let worker = Worker::new(world.app.app.clone());
    let work = async || -> Result<(), String> {
        while worker.look(&CancellationToken::new()).await.map_err(|error| error.to_string())? > 0 {}
        Ok(())
    };
    work().await?;
    post(world, admin, "/admin/bulk/both-isolate-1/undo", "").await;
    work().await?;
    let mut all = Vec::new();
    for name in BULK.map(|(name, _)| name).into_iter().chain(["both-bulk-2", "both-isolate-1-u"]) {
        all.push(told(&get(world, &format!("/admin/bulk/{name}")).await));
    }
    // The company's is of long ago, and the victim's of the same name is not.
    world
        .test
        .sql("UPDATE rollcall_bulk SET finished_at = 1700000000 WHERE company_id = 2 AND name = 'both-bulk-1'")
        .await;
    worker.forget().await.map_err(|error| error.to_string())?;
    Ok(all)
}

/// All reports are due, the company's first: ids of what is made are the same where there is no victim.
pub async fn reports(world: &World<'_>) -> Told {
    let now = world.test.clock.now().timestamp();
    for (company, due) in [(1, now), (2, now - 60)] {
        world.test.sql(&format!("UPDATE rollcall_reports SET next_at = {due} WHERE company_id = {company}")).await;
    }
    let smtp = SmtpServer::start(0).await.unwrap();
    let node = mailing(world, &smtp).await;
    reports::send_due(&node.app.app).await.map_err(|error| error.to_string())?;
    let sent = mails(&smtp)?;
    if sent.is_empty() {
        return Err("no report went out".to_owned());
    }
    Ok(sent.into_iter().chain([told(&get(world, "/admin/reports").await)]).collect())
}

/// The first is the key of a customer whom the victim has imported, the second of one that the company has; the third is nothing.
const UPLOADED: &str = "termin_id;kunden_id;kunde;datum\n\
    a;10-77;own first;20.11.2026 09:00\nb;20-77;own second;20.11.2026 12:00\nc;x;own third;soon\n";

/// A file is brought, checked and imported, and another one is taken away again.
pub async fn upload(world: &World<'_>) -> Told {
    let admin = &world.cast.people[&Who::Admin];
    let mut all = Vec::new();
    for dry_run in [true, false] {
        let body = format!(
            "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"own.csv\"\r\nContent-Type: text/csv\r\n\r\n\
             {UPLOADED}\r\n--xyz--\r\n"
        );
        let asked = request(admin, "POST", "/admin/data/upload")
            .header(CONTENT_TYPE, "multipart/form-data; boundary=xyz")
            .header("content-length", body.len());
        let came = world.app.send(asked.body(Body::from(body)).unwrap()).await;
        let path = came.header("location").to_owned();
        if !path.starts_with("/admin/data/imports/") {
            return Err(told(&came));
        }
        all.push(told(&get(world, &path).await));
        for act in ["check", "import"].iter().skip(usize::from(dry_run)) {
            post(world, admin, &path, &format!("do={act}&source=old")).await;
            ended(world, &path).await;
            all.push(told(&get(world, &path).await));
            all.push(told(&get(world, &format!("{path}/rejects")).await));
        }
        if dry_run {
            post(world, admin, &format!("{path}/remove"), "").await;
        }
    }
    all.push(told(&get(world, "/admin/data").await));
    Ok(all)
}

/// Waits until an import has come to its end.
async fn ended(world: &World<'_>, path: &str) {
    let id = path.rsplit('/').next().unwrap();
    let runs = format!("SELECT COUNT(*) FROM rollcall_imports WHERE id = {id} AND state = 'running'");
    while world.test.value::<i64>(&runs).await > 0 {
        tokio::task::yield_now().await;
    }
}

/// Somebody has the dashboard open when something changes.
pub async fn ahead(world: &World<'_>) -> Told {
    let app = &world.app.app;
    get(world, "/admin?policy_trend.days=7").await;
    let known = app.db.versions().get(2).unwrap_or_default();
    let _open = app.db.versions().subscribe(2, known);
    let scope = world.test.scope(2).await;
    let raised = changes::raise(&app.db, &scope, &Actor::job("test"), Topics::ALL, &app.clock).await;
    raised.map_err(|error| error.to_string())?;
    let drawn = running::ahead::look(app).await.map_err(|error| error.to_string())?;
    if drawn == 0 {
        return Err("nothing was drawn ahead".to_owned());
    }
    Ok(vec![told(&get(world, "/admin?policy_trend.days=7").await)])
}

/// Who was the victim's once is sent a report; the company's own people look before and after something changes, while other
/// companies' versions are far ahead.
pub async fn fresh(world: &World<'_>) -> Told {
    let test = world.test;
    for (company, ahead) in [(1, 2_000_000), (3, 1_000_000)] {
        test.sql(&format!("UPDATE company_versions SET version = {ahead} WHERE company_id = {company}")).await;
    }
    let mut all = Vec::new();
    for change in
        ["UPDATE appointments SET status = 'no_show' WHERE id = 202", "UPDATE users SET name = 'own' WHERE id = 14"]
    {
        for path in ["/admin/summary", "/admin/widgets/policy_trend", "/admin"] {
            let asked = request(&world.cast.people[&Who::Operator], "GET", &format!("{path}?company=2"));
            let answer = world.app.send(asked.body(Body::empty()).unwrap()).await;
            // Operators choose among all companies on the page itself.
            let tag = if path == "/admin" { "" } else { answer.header("etag") };
            all.push(format!("{} {tag}", answer.status));
            all.push(told(&get(world, path).await));
        }
        test.sql(change).await;
        world.app.settle().await;
    }
    let form =
        "name=Moved&cadence=daily&time=07:00&branch=&widget=policy_trend&attachment=csv&recipient=14&language_14=en";
    all.push(told(&post(world, &world.cast.people[&Who::Admin], "/admin/reports/new", form).await));
    for path in [
        "/admin",
        "/admin/summary",
        "/admin/widgets/policy_trend",
        "/admin/reports",
        "/admin/inbox/new",
        "/admin/inbox",
    ] {
        all.push(told(&get(world, path).await));
    }
    // Whom another company keeps out is sent nothing while they are kept out.
    test.sql("DELETE FROM rollcall_reports WHERE name = 'Moved'").await;
    Ok(all)
}

/// What is old goes, of all companies.
pub async fn prune(worlds: &Worlds<'_>) {
    for world in [&worlds.with, &worlds.without] {
        let now = world.test.clock.now();
        world.test.clock.set(now + chrono::TimeDelta::days(8));
        web::prune(&world.app.app).await;
        world.test.clock.set(now);
    }
}

/// Somebody saves a form that another one of the company was faster with; the victim's newest line is about a row of that number.
pub async fn late(world: &World<'_>) -> Told {
    let (path, admin) = ("/admin/customers/201/edit", &world.cast.people[&Who::Admin]);
    let seen = get(world, path).await.body;
    let tag = seen.split("name=\"tag\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    let tag = urlencoding::encode(&tag.replace("&#34;", "\"")).into_owned();
    let first = post(world, admin, path, &format!("tag={tag}&name=First&journey_status=vip")).await;
    world
        .test
        .sql(&format!(
            "INSERT INTO audit_log (company_id, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, at) \
             SELECT id, 'user', 2, '{CANARY} person', 'customer.updated', 'customer', 201, '2026-11-22 12:00:00' \
             FROM companies WHERE id = 1"
        ))
        .await;
    let second = post(world, admin, path, &format!("tag={tag}&name=Second&journey_status=vip")).await;
    Ok(vec![format!("{} {}", first.status, second.status), told(&second)])
}
