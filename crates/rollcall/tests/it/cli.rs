//! The binary as a user meets it: exit codes, messages, and what stands on stdout.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A folder of its own, and nothing of the tester's settings.
pub(crate) struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall"));
        command.args(arguments.split_whitespace()).current_dir(self.path()).env_clear().stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &str) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs what must succeed; answers its stdout.
    pub(crate) fn done(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(0), "rollcall {arguments}: {}", stderr(&output));
        stdout(&output)
    }

    /// Runs what must fail with `code`; answers its stderr.
    pub(crate) fn fails(&self, code: i32, arguments: &str) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(code), "rollcall {arguments}: {}", stderr(&output));
        stderr(&output)
    }

    fn with_input(&self, arguments: &str, input: &str) -> Output {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    fn migrated() -> Self {
        let desk = Self::new();
        desk.done("migrate up");
        desk
    }

    pub(crate) fn with_company() -> Self {
        let desk = Self::migrated();
        let mut create = desk.command("company create --timezone Asia/Kathmandu --locale en --name");
        assert!(create.arg("Salon Ada").output().unwrap().status.success());
        desk
    }
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_mistake_in_the_settings_stops_it_within_a_second_with_exit_code_2() {
    let desk = Desk::new();
    std::fs::write(desk.path().join("own.toml"), "listen = \"127.0.0.1:0\"\n[sesion]\nlifetime = \"1d\"\n").unwrap();
    std::fs::write(desk.path().join("type.toml"), "[database]\nmax_connections = \"many\"\n").unwrap();
    type Variables = &'static [(&'static str, &'static str)];
    let cases: [(&str, Variables, &str); 8] = [
        ("serve --config own.toml", &[], "own.toml line 2: `sesion` is no setting"),
        ("serve --config type.toml", &[], "type.toml line 2: `database.max_connections` must be a number"),
        ("serve --config none.toml", &[], "option --config: cannot read the settings file none.toml"),
        ("serve", &[("ROLLCALL_CONFIG", "none.toml")], "variable ROLLCALL_CONFIG: cannot read"),
        (
            "serve",
            &[("ROLLCALL_LISTEM", "1")],
            "variable ROLLCALL_LISTEM: is no setting; did you mean ROLLCALL_LISTEN?",
        ),
        ("serve", &[("ROLLCALL_SECRET_KEY", "hunter2hunter2")], "variable ROLLCALL_SECRET_KEY: `secret_key` has 14"),
        ("serve --listen nowhere", &[], "option --listen: `listen` is `nowhere`"),
        ("company list --database oracle://x", &[], "option --database: `database.url` must be sqlite:PATH"),
    ];
    for (arguments, variables, expected) in cases {
        let mut command = desk.command(arguments);
        command.envs(variables.iter().copied());
        let output = command.output().unwrap();
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments}: {message}");
        assert!(message.contains(expected) && !message.contains("hunter2"), "{arguments}: {message}");
        assert!(output.stdout.is_empty(), "mistakes go to stderr");
        // The machine may be busy with other tests: the quickest of a few tries counts.
        let quick = (0..5).any(|_| {
            let started = Instant::now();
            command.output().unwrap();
            started.elapsed() < Duration::from_secs(1)
        });
        assert!(quick, "{arguments} took more than a second");
    }
    assert!(!desk.path().join("rollcall.db").exists(), "nothing was begun");
}

#[test]
fn the_present_folders_settings_file_counts() {
    let desk = Desk::new();
    std::fs::write(desk.path().join("rollcall.toml"), "[database]\nurl = \"sqlite:data/own.db\"\n").unwrap();
    desk.done("migrate up");
    assert!(desk.path().join("data/own.db").exists());
    desk.done("migrate up --database sqlite:other.db");
    assert!(desk.path().join("other.db").exists(), "the option wins");
}

#[test]
fn wrong_usage_is_exit_code_2_and_help_is_0() {
    let desk = Desk::new();
    assert!(desk.fails(2, "compny list").contains("company"), "clap names the nearest command");
    assert!(desk.fails(2, "serve --at yesterday").contains("2026-11-22T12:00:00Z"));
    assert!(desk.fails(2, "migrate down --steps 0").contains("--steps"));
    for help in ["--help", "serve --help", "summaries verify --help", "user create --help", "migrate down --help"] {
        assert!(desk.done(help).contains("Usage: rollcall"), "{help}");
    }
    assert!(desk.done("--help").contains("Exit codes"));
}

#[test]
fn migrations_go_up_and_down_and_down_wants_a_yes() {
    let desk = Desk::new();
    assert!(desk.fails(1, "migrate status").contains("`rollcall migrate up` makes it"));
    assert!(!desk.path().join("rollcall.db").exists(), "a look makes no database");
    assert!(desk.done("migrate up").contains("applied m0001_contract_tables"));
    assert!(desk.done("migrate up").contains("applied already"));
    let steps =
        |desk: &Desk| -> Vec<serde_json::Value> { serde_json::from_str(&desk.done("migrate status --json")).unwrap() };
    let last = steps(&desk).last().unwrap()["name"].as_str().unwrap().to_owned();
    let refused = desk.fails(2, "migrate down --steps 1");
    assert!(refused.contains(&last) && refused.contains("--yes"), "{refused}");
    assert!(desk.done("migrate down --steps 1 --yes").contains(&format!("took back {last}")));
    assert!(desk.done("migrate status").contains(&format!("pending  {last}")));
    assert!(
        desk.fails(1, "company list").contains("1 migration is pending on sqlite:rollcall.db; `rollcall migrate up`")
    );
    desk.done("migrate down --yes");
    assert!(steps(&desk).iter().all(|step| step["applied"] == false), "all of them are taken back");
}

#[test]
fn a_company_is_made_once_and_its_zone_is_checked() {
    let desk = Desk::with_company();
    let listed: serde_json::Value = serde_json::from_str(&desk.done("company list --json")).unwrap();
    assert_eq!(listed[0]["slug"], "salon-ada");
    assert_eq!(listed[0]["timezone"], "Asia/Kathmandu");
    assert!(desk.fails(1, "company create --name Ada --slug salon-ada").contains("choose another slug"));
    assert!(
        desk.fails(2, "company create --name Ada --timezone Europe/Berln").contains("did you mean `Europe/Berlin`?")
    );
    assert!(desk.fails(2, "company create --name Ada --slug 42").contains("not digits alone"));
    assert!(desk.fails(2, "company create --name Ada --locale fr").contains("de and en"));
}

#[test]
fn a_user_is_made_by_a_password_that_will_do() {
    let desk = Desk::with_company();
    let create = "user create --role admin --company salon-ada --name Ada --email ada@example.test";
    assert!(desk.fails(2, create).contains("--password-stdin or --generate"), "no terminal to ask at");
    let weak = desk.with_input(&format!("{create} --password-stdin"), "Password1234\n");
    assert_eq!(weak.status.code(), Some(2));
    assert!(!stderr(&weak).contains("Password1234"));
    let made = desk.with_input(&format!("{create} --password-stdin"), "blue-kettle-94\n");
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    assert!(!stdout(&made).contains("blue-kettle-94"), "a password that somebody typed is not repeated");
    assert!(desk.fails(1, &format!("{create} --generate")).contains("user reset-password ada@example.test"));
    let users: serde_json::Value = serde_json::from_str(&desk.done("user list --company 1 --json")).unwrap();
    assert_eq!((&users[0]["email"], &users[0]["role"]), (&"ada@example.test".into(), &"admin".into()));
    assert!(users[0].get("password").is_none());
    let generated = desk.done("user reset-password ADA@example.test --generate");
    assert!(generated.lines().any(|line| line.starts_with("Password: ") && line.len() == 34), "{generated}");
    assert!(desk.fails(1, "user reset-password eve@example.test --generate").contains("no user eve@example.test"));
}

#[test]
fn people_are_invited_kept_out_and_let_in_again() {
    let desk = Desk::with_company();
    for (role, email) in [("admin", "ada@example.test"), ("viewer", "eve@example.test")] {
        desk.done(&format!("user create --role {role} --company salon-ada --name A --email {email} --generate"));
    }
    let invite = "user invite --role manager --company salon-ada --name Bo --email";
    let invited = desk.done(&format!("{invite} bo@example.test"));
    let link = invited.lines().find_map(|line| line.strip_prefix("Link: /invitation/")).unwrap();
    assert!(link.split(' ').next().unwrap().len() == 43, "{invited}");
    assert!(desk.fails(1, &format!("{invite} eve@example.test")).contains("already"));
    assert!(desk.fails(2, &format!("{invite} nobody")).contains("no e-mail address"));
    assert!(desk.done("user deactivate eve@example.test").contains("is deactivated"));
    let state = || {
        let users: serde_json::Value = serde_json::from_str(&desk.done("user list --json")).unwrap();
        let of = |email: &str| {
            users.as_array().unwrap().iter().find(|it| it["email"] == email).unwrap()["is_active"].clone()
        };
        (of("ada@example.test"), of("eve@example.test"))
    };
    assert_eq!(state(), (true.into(), false.into()));
    assert!(desk.fails(1, "user deactivate ada@example.test").contains("the last one"));
    assert!(desk.done("user activate eve@example.test").contains("may sign in again"));
    assert_eq!(state(), (true.into(), true.into()));
    assert!(desk.done("user reset-totp eve@example.test").contains("uses no second step"));
    desk.done("user create --role super_admin --name Op --email op@example.test --generate");
    assert!(desk.fails(1, "user deactivate op@example.test").contains("the last one"));
    desk.done("user create --role super_admin --name Op --email op2@example.test --generate");
    desk.done("user deactivate op@example.test");
    assert!(desk.fails(1, "user deactivate op2@example.test").contains("the last one"));
}

#[test]
fn roles_and_companies_go_together() {
    let desk = Desk::with_company();
    let create = |rest: &str| desk.fails(2, &format!("user create --name A --email a@example.test --generate {rest}"));
    assert!(create("--role super_admin --company salon-ada").contains("leave --company out"));
    assert!(create("--role viewer").contains("name it with --company"));
    assert!(create("--role boss").contains("super_admin, admin, manager, viewer"));
    let unknown = desk.fails(1, "user list --company salon-add");
    assert!(unknown.contains("did you mean `salon-ada`?"), "{unknown}");
}

#[test]
fn summaries_are_verified_rebuilt_and_shown() {
    let desk = Desk::with_company();
    assert!(desk.done("summaries verify").contains("1 company verified, 0 differences."));
    assert!(desk.done("summaries rebuild --company salon-ada").contains("1 company rebuilt."));
    let status: serde_json::Value = serde_json::from_str(&desk.done("summaries status --json")).unwrap();
    assert_eq!((&status[0]["slug"], &status[0]["pending"]), (&"salon-ada".into(), &0.into()));
    assert!(desk.done("summaries status").contains("salon-ada"));
}

#[tokio::test]
async fn what_a_command_does_to_the_database_has_its_line() {
    let desk = Desk::with_company();
    let read = async |text: &'static str| {
        let path = desk.path().join("rollcall.db");
        let db = crate::support::connect(&format!("sqlite:{}", path.display())).await;
        let rows = sea_orm::ConnectionTrait::query_all_raw(
            &db,
            sea_orm::Statement::from_string(sea_orm::DatabaseBackend::Sqlite, text),
        );
        let lines: Vec<String> = rows.await.unwrap().iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
        db.close().await.unwrap();
        lines
    };
    desk.done("migrate up");
    desk.done("summaries rebuild");
    read("DROP TRIGGER rollcall_staff_ins").await;
    desk.run("doctor --repair");
    desk.done("migrate down --steps 1 --yes");
    desk.done("migrate up");
    let told = "SELECT action || ' ' || actor_name || ' ' || COALESCE(company_id, '-') FROM audit_log \
                WHERE actor_kind = 'command_line' AND subject_kind IN ('database', 'summaries') ORDER BY id";
    assert_eq!(
        read(told).await,
        [
            "database.migrated migrate up -",
            "summaries.rebuilt summaries rebuild 1",
            "database.repaired doctor --repair -",
            "database.taken_back migrate down -",
            "database.migrated migrate up -",
        ]
    );
    let steps = read("SELECT state_before FROM audit_log WHERE action = 'database.taken_back'").await;
    assert!(steps[0].contains("\"migrations\":[\"m00"), "{steps:?}");
}

const VISITS: &str = "\
PatientId,AppointmentID,Gender,ScheduledDay,AppointmentDay,Neighbourhood,SMS_received,No-show
1,101,F,2016-04-29T18:38:08Z,2016-05-02T00:00:00Z,CENTRO,0,No
2,102,M,2016-04-29T18:39:08Z,2016-05-02T00:00:00Z,CENTRO,1,Yes
3,103,M,2016-04-29T18:40:08Z,some day,CENTRO,0,No
";

#[test]
fn an_import_keeps_the_good_rows_sets_the_bad_aside_and_adds_nothing_twice() {
    let desk = Desk::with_company();
    std::fs::write(desk.path().join("visits.csv"), VISITS).unwrap();
    let mapping = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/no-show-appointments.toml");
    std::fs::copy(mapping, desk.path().join("visits.toml")).unwrap();
    let import = "import appointments visits.csv --company salon-ada --mapping visits.toml";
    let trial = desk.done(&format!("{import} --dry-run"));
    assert!(
        trial.contains(" 2  appointments would be imported") && trial.contains(" 1  rows would be rejected"),
        "{trial}"
    );
    let first = desk.done(import);
    assert!(first.contains(" 2  appointments imported"), "a dry run wrote nothing: {first}");
    let rejects = std::fs::read_to_string(desk.path().join("visits.rejects.csv")).unwrap();
    assert!(rejects.contains("some day") && rejects.contains("103"), "{rejects}");
    let second = desk.done(import);
    assert!(second.contains(" 0  appointments imported") && second.contains(" 2  rows whose"), "{second}");
    assert!(desk.fails(2, &format!("{import} --rejects visits.csv")).contains("would replace visits.csv"));
    assert_eq!(std::fs::read_to_string(desk.path().join("visits.csv")).unwrap(), VISITS);
    std::fs::write(desk.path().join("wrong.toml"), "soruce = \"x\"\n").unwrap();
    let wrong = desk.fails(2, "import appointments visits.csv --company salon-ada --mapping wrong.toml");
    assert!(wrong.contains("wrong.toml") && wrong.contains("soruce"), "{wrong}");
    assert!(desk.done("summaries verify").contains("0 differences"));
    assert!(!desk.path().join("rollcall.db-wal").exists(), "the database was closed in order");
}

#[test]
fn the_doctor_says_what_to_do_and_exit_code_1_where_there_is_an_error() {
    let desk = Desk::new();
    let output = desk.run("doctor");
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("run `rollcall migrate up`"), "{}", stdout(&output));
    assert!(!desk.path().join("rollcall.db").exists(), "the doctor only looks");
    desk.done("migrate up");
    assert!(desk.done("doctor").contains("0 errors, 1 warning."), "nobody can sign in yet");
    let findings: serde_json::Value = serde_json::from_str(&desk.done("doctor --json")).unwrap();
    assert!(findings.as_array().unwrap().iter().any(|finding| finding["area"] == "schema" && finding["level"] == "ok"));
    let pinned = desk.done("doctor --at 2026-11-22T12:00:00Z");
    assert!(pinned.contains("pinned to 2026-11-22 12:00:00 UTC"), "{pinned}");
}

/// A server that was started, and its address.
struct Served {
    child: Child,
    address: String,
}

impl Served {
    fn start(desk: &Desk) -> Self {
        Self::of(desk, "serve --listen 127.0.0.1:0")
    }

    /// Starts a command that serves, and waits for the line that says where.
    fn of(desk: &Desk, arguments: &str) -> Self {
        let mut child = desk.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.as_mut().unwrap()).lines().map(Result::unwrap);
        let address = lines.filter_map(|line| line.split_once("http://").map(|(_, rest)| rest.to_owned())).next();
        let Some(address) = address else {
            let mut error = String::new();
            child.stderr.as_mut().unwrap().read_to_string(&mut error).unwrap();
            panic!("rollcall {arguments}: {error}")
        };
        Self { address, child }
    }

    fn get(&self, path: &str) -> String {
        let mut stream = std::net::TcpStream::connect(&self.address).unwrap();
        let host = &self.address;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        read(stream)
    }

    fn post(&self, path: &str, form: &str) -> String {
        let mut stream = std::net::TcpStream::connect(&self.address).unwrap();
        let (host, length) = (&self.address, form.len());
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\r\n{form}"
        )
        .unwrap();
        read(stream)
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }
}

fn read(mut stream: std::net::TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

impl Drop for Served {
    fn drop(&mut self) {
        // Gone already where the test went well.
        let _ = self.child.kill();
    }
}

#[test]
fn a_server_makes_its_database_serves_and_ends_in_order() {
    let desk = Desk::new();
    let mut served = Served::start(&desk);
    assert!(served.get("/healthz").starts_with("HTTP/1.1 200"));
    assert!(served.get("/login").contains("rollcall setup"), "nobody is there yet");
    let taken = desk.fails(1, &format!("serve --listen {}", served.address));
    assert!(taken.contains("choose another address with --listen"), "{taken}");
    served.signal("TERM");
    assert_eq!(served.child.wait().unwrap().code(), Some(0));
    assert!(desk.done("summaries verify").contains("0 differences"));
}

#[test]
fn a_killed_server_leaves_a_database_that_verifies() {
    let desk = Desk::with_company();
    let mut served = Served::start(&desk);
    assert!(served.get("/readyz").starts_with("HTTP/1.1 200"));
    served.signal("KILL");
    served.child.wait().unwrap();
    assert!(desk.done("summaries verify").contains("0 differences"));
    let served = Served::start(&desk);
    assert!(served.get("/healthz").starts_with("HTTP/1.1 200"));
}

#[test]
fn a_server_does_not_migrate_where_it_is_told_not_to() {
    let desk = Desk::new();
    let mut command = desk.command("serve --listen 127.0.0.1:0");
    let output = command.env("ROLLCALL_DATABASE__MIGRATE_ON_START", "never").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("`rollcall migrate up`"), "{}", stderr(&output));
}

#[test]
fn a_demo_is_made_served_and_made_anew_and_touches_nothing_else() {
    let desk = Desk::new();
    let demo = "demo --companies 2 --appointments 300 --seed 7 --at 2026-11-22T12:00:00Z --listen 127.0.0.1:0";
    let mut served = Served::of(&desk, demo);
    let right = served.post("/login", "email=admin2@example.test&password=rollcall-demo");
    assert!(right.contains("\r\nlocation: /admin\r\n"), "{right}");
    let wrong = served.post("/login", "email=admin2@example.test&password=rollcall-dem0");
    assert!(!wrong.contains("\r\nlocation: /admin\r\n"), "{wrong}");
    assert!(desk.fails(1, demo).contains("another demo is running in rollcall-demo"));
    served.signal("INT");
    assert_eq!(served.child.wait().unwrap().code(), Some(0));
    assert!(desk.done("summaries verify --database sqlite:rollcall-demo/demo.db").contains("0 differences"));
    std::fs::write(desk.path().join("rollcall-demo/notes.txt"), "mine").unwrap();
    drop(Served::of(&desk, demo));
    assert!(desk.path().join("rollcall-demo/notes.txt").exists(), "what the demo did not make stays");
    assert!(!desk.path().join("rollcall.db").exists());
}

#[test]
fn a_demo_refuses_a_database_and_a_folder_that_are_not_its_own() {
    let desk = Desk::migrated();
    assert!(desk.fails(2, "demo --database sqlite:rollcall.db").contains("--dir"));
    assert!(desk.fails(1, "demo --dir . --listen 127.0.0.1:0").contains("holds other files"));
    desk.done("company list");
}
