//! The table: a row for each method and path, and how its places are filled.
//!
//! In queries and bodies `@` begins a word that stands for an id: the own company's, or in its turn the victim's. `%tag` is
//! the state of the own row, `%cursor` the place in a list that the victim was told, `%place:table.sort` the own one before
//! all rows of a table's list.

use super::world::Who;

/// What stands in the braces of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ids {
    None,
    /// The own row of this number; the victim's is the one in the same place.
    Row(i64),
    User,
    Company,
    Token,
    /// A line of the audit log.
    Line,
    /// A word that is nobody's.
    Word(&'static str),
    /// The secret of a link that was sent to [`Who::Comer`]; everybody else has one that nobody was sent.
    Secret(&'static str),
}

#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub route: &'static str,
    pub ids: Ids,
    /// Further ids that are no row's: own rows that point into the victim's company, and the victim's that point into this one.
    pub crossing: &'static [i64],
    /// Further own rows, which point into the victim's company.
    pub pointing: &'static [i64],
    pub queries: &'static [&'static str],
    /// The kind of its body, and the body.
    pub body: Option<(&'static str, &'static str)>,
    /// Who may do it with what is their own.
    pub best: Who,
    /// What they are answered; 303 leads on.
    pub done: u16,
    /// Whether operators may do it with any company's.
    pub operators: bool,
    /// Whether an answer tells of this process or of this log, so that it is only looked through.
    pub varies: bool,
    /// Whether even operators are told the same where there is no victim: what they ask is about one company alone.
    pub alike: bool,
}

const fn row(route: &'static str) -> Row {
    let api = matches!(route.as_bytes(), [b'G', b'E', b'T', b' ', b'/', b'a', b'p', b'i', ..]);
    Row {
        route,
        ids: Ids::None,
        crossing: &[],
        pointing: &[],
        queries: &[],
        body: None,
        best: if api { Who::Token } else { Who::Admin },
        done: 200,
        operators: false,
        varies: false,
        alike: false,
    }
}

impl Row {
    const fn of(self, own: i64) -> Self {
        Self { ids: Ids::Row(own), ..self }
    }

    const fn crossing(self) -> Self {
        Self { crossing: &[207, 208, 209, 2010, 2020, 107, 108, 109, 1010, 1020], ..self }
    }

    const fn pointing(self, pointing: &'static [i64]) -> Self {
        Self { pointing, ..self }
    }

    const fn ids(self, ids: Ids) -> Self {
        Self { ids, ..self }
    }

    const fn asks(self, queries: &'static [&'static str]) -> Self {
        Self { queries, ..self }
    }

    /// Leads on, by default.
    const fn form(self, form: &'static str) -> Self {
        Self { body: Some(("application/x-www-form-urlencoded", form)), done: 303, ..self }
    }

    /// Brings a file; leads on.
    const fn file(self, file: &'static str) -> Self {
        Self { body: Some(("multipart/form-data; boundary=x", file)), done: 303, ..self }
    }

    const fn json(self, json: &'static str, done: u16) -> Self {
        Self { body: Some(("application/json", json)), best: Who::Token, done, ..self }
    }

    /// Its body has a line for each.
    const fn lines(self) -> Self {
        Self { body: Some(("application/x-ndjson", BOOKING)), ..self }
    }

    const fn deletes(self) -> Self {
        Self { best: Who::Token, done: 204, ..self }
    }

    const fn by(self, best: Who) -> Self {
        Self { best, ..self }
    }

    const fn done(self, done: u16) -> Self {
        Self { done, ..self }
    }

    const fn operators(self) -> Self {
        let best = match self.best {
            Who::Token => Who::OperatorsToken,
            _ => Who::Operator,
        };
        Self { operators: true, varies: true, best, ..self }
    }

    const fn varies(self) -> Self {
        Self { varies: true, ..self }
    }

    /// Of operators, and about no company but the one that is named.
    const fn alike(self) -> Self {
        Self { alike: true, ..self }
    }

    pub fn method(&self) -> &'static str {
        self.route.split_once(' ').unwrap().0
    }

    pub fn path(&self) -> &'static str {
        self.route.split_once(' ').unwrap().1
    }

    /// Whether its paths are the API's, which knows tokens and no sessions.
    pub fn is_api(&self) -> bool {
        self.path().starts_with("/api/v1/") && self.path() != "/api/v1/receipts"
    }
}

const CANCEL: &str = "tag=%tag&reason=ill&by=customer&force=yes";
const MOVE: &str = "tag=%tag&starts_at=2026-12-01T10:00&force=yes";
const REBOOKED: &str = "tag=%tag&branch_id=@branch_id&service_id=@service_id&staff_id=@staff_id&price=5&anyway=yes";
const CLOSE: &str = "tag=%tag";
const POLICY: &str =
    "policy_type=no_show&target=branch:@target&overrides_id=@overrides_id&is_active=true&fee_kind=fee&fee=5";
const POLICY_AGAIN: &str = "tag=%tag&overrides_id=@overrides_id&is_active=true&fee_kind=fee&fee=5";
const PREVIEW: &str = "policy_type=no_show&target=branch:@target&overrides_id=@overrides_id&is_active=true&fee_kind=fee_percentage&fee_percentage=50";
const PREVIEW_AGAIN: &str = "tag=%tag&overrides_id=@overrides_id&is_active=true&max_reschedules_per_appointment=1&fee_kind=fee_percentage&fee_percentage=50";
const REPORT: &str = "name=Made&cadence=daily&time=07:00&branch=@branch&widget=policy_trend&attachment=csv&recipient=@user&language_@user=en";
const EDITED: &str = "tag=%tag&name=Made&cadence=daily&time=07:00&branch=@branch&widget=policy_trend&attachment=csv&recipient=@user&language_@user=en";
const CONFIGURATION: &str = "target=staff:@target&event_type=policy_violation&channel=sms&is_enabled=true";
const NEW_POLICY: &str = r#"{"configurable_type": "service", "configurable_id": @target, "policy_type": "no_show", "config": {}, "is_override": true, "overrides_id": @overrides_id}"#;
const NEW_CONFIGURATION: &str = r#"{"configurable_type": "branch", "configurable_id": @target, "event_type": "appointment_reminder", "channel": "push"}"#;
const NEW_NOTIFICATION: &str = r#"{"notifiable_type": "staff", "notifiable_id": @notifiable_id, "notification_configuration_id": @configuration, "channel": "sms", "recipient": "1"}"#;
const BOOKING: &str = r#"{"customer_id": @customer_id, "branch_id": @branch_id, "service_id": @service_id, "staff_id": @staff_id, "starts_at": "2026-12-03T12:00:00Z"}"#;
const CANCELLATION: &str = r#"{"reason": "ill", "force": true, "by_staff_id": @by_staff_id}"#;
const RESCHEDULING: &str = r#"{"starts_at": "2026-12-04T12:00:00Z", "force": true, "by_staff_id": @by_staff_id}"#;
const CHANGED: &str = r#"{"staff_id": @staff_id, "branch_id": @branch_id, "service_id": @service_id}"#;
const EXPORTS: &[&str] = &[
    "format=json",
    "format=csv&company_id=@company",
    "format=csv&q=customer",
    "format=json&after=%cursor",
    "format=xlsx",
];
/// Of figures: those of a branch, and of a time.
const NARROWED: &str = "period=30d&branch=@branch";
/// Who was the victim's once.
const MOVED: Ids = Ids::Word("14");
/// Of everybody who is in every test.
const PASSWORD: &str = "present=correct+horse+battery";
const NEW_PASSWORD: &str = "present=correct+horse+battery&password=correct+horse+battery&again=correct+horse+battery";
const FOUNDER: &str =
    "name=Made&email=made%40example.test&password=violet+kettle+on+the+roof&again=violet+kettle+on+the+roof";
const FOUNDED: &str = "name=Founded&slug=founded&timezone=Europe%2FBerlin&locale=de&currency=EUR";
const COMPANY: &str =
    "tag=*&name=Own+company&timezone=Asia%2FKathmandu&locale=de&currency=EUR&staff_capacity=42&company_id=@company";
const SETTINGS: &str =
    "tag=*&name=Own+company&timezone=Asia%2FKathmandu&locale=de&currency=EUR&staff_capacity=43&company_id=@company";
const FILE: &str = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"own.csv\"\r\nContent-Type: text/csv\r\n\r\n\
     Nr;Datum;Kunde\n1;24.11.2026 10:00;Own\n\r\n--x--\r\n";
const CHOSEN: &str = "password=violet+kettle+on+the+roof&again=violet+kettle+on+the+roof";

pub const ROWS: &[Row] = &[
    row("GET /").by(Who::Nobody).done(303),
    row("GET /login").by(Who::Nobody).asks(&["return_to=/admin/customers/@customer"]),
    row("POST /login").form("email=@email&password=wrong").by(Who::Nobody).done(401),
    row("POST /logout").form("").by(Who::Nobody),
    row("GET /login/code").by(Who::Halfway),
    row("POST /login/code").form("code=%code").by(Who::Halfway),
    // Nobody has to have a second step here, and no mail is sent: people/totp.rs and people/links.rs see to those.
    row("GET /login/setup").by(Who::Nobody).done(303),
    row("POST /login/setup").form("code=%code").by(Who::Nobody),
    row("GET /forgot").by(Who::Nobody).done(404),
    row("POST /forgot").form("email=@email").by(Who::Nobody).done(404),
    row("GET /invitation/{secret}").ids(Ids::Secret("own-invitation")).by(Who::Comer),
    row("POST /invitation/{secret}").ids(Ids::Secret("own-invitation")).form(CHOSEN).by(Who::Comer),
    // There is an operator: see first.rs for when there is none.
    row("GET /setup/{secret}").ids(Ids::Word("own-setup")).by(Who::Nobody).done(404),
    row("POST /setup/{secret}").ids(Ids::Word("own-setup")).form(FOUNDER).by(Who::Nobody).done(404),
    row("POST /preferences").form("language=de&theme=dark&return_to=/admin/customers/@customer").by(Who::Nobody),
    row("GET /assets/{*path}").ids(Ids::Word("nothing.svg")).by(Who::Nobody).done(404),
    row("GET /healthz").by(Who::Nobody),
    row("GET /readyz").by(Who::Nobody),
    row("GET /metrics").by(Who::Nobody).varies(),
    row("GET /admin").asks(&[
        "policy_trend.days=90&customer_compliance.journey=vip",
        "company_id=@company",
        NARROWED,
        "wall=1&branch=@branch",
        "wall=1&period=last_month",
    ]),
    row("GET /admin/summary").asks(&["company_id=@company", NARROWED]),
    row("GET /admin/arrange").asks(&["widget=policy_trend&did=up&user=@user&company_id=@company"]),
    row("POST /admin/arrange").form("widget=customer_compliance&do=up&user=@user&company_id=@company"),
    row("GET /admin/policies/analytics").asks(&[
        "format=json&company_id=@company",
        "format=csv&company_id=@company",
        "format=xlsx",
    ]),
    row("GET /admin/live").asks(&["since=9", "company_id=@company"]),
    row("GET /admin/widgets/{key}").ids(Ids::Word("latest_violations")).asks(&[
        "days=90",
        "company_id=@company",
        NARROWED,
        "format=csv&branch=@branch",
        "format=csv&company_id=@company",
    ]),
    row("GET /admin/widgets/{key}").ids(Ids::Word("policy_trend")).asks(&[
        "format=svg&branch=@branch",
        "format=csv&period=7d&branch=@branch",
        "format=svg&company_id=@company",
    ]),
    row("GET /admin/widgets/{key}/freshness").ids(Ids::Word("policy_trend")).asks(&["company_id=@company", NARROWED]),
    row("GET /admin/audit").varies().asks(&[
        "subject_kind=customer&subject_id=@customer",
        "actor_kind=user&actor_id=@user",
        "after=%cursor",
        "q=person&action=customer.updated",
        "after=%place:audit_log.-id",
    ]),
    row("GET /admin/audit/export")
        .varies()
        .asks(&["format=json&subject_kind=customer", "format=csv&company_id=@company"]),
    row("GET /admin/audit/{id}").ids(Ids::Line),
    row("GET /admin/companies").operators().asks(&["q=company&sort=-created_at", "is_active=true"]),
    row("GET /admin/companies/export").operators().asks(&["format=json", "format=xlsx"]),
    row("GET /admin/companies/{id}").ids(Ids::Company).operators(),
    row("GET /admin/companies/new").operators(),
    row("POST /admin/companies/new").form(FOUNDED).operators(),
    row("GET /admin/companies/{id}/edit").ids(Ids::Company).operators().alike(),
    row("POST /admin/companies/{id}/edit").ids(Ids::Company).form(COMPANY).operators(),
    row("GET /admin/companies/{id}/close").ids(Ids::Company).operators().alike(),
    row("GET /admin/settings").asks(&["company_id=@company"]),
    row("POST /admin/settings").form(SETTINGS),
    // Data that come in: a file that is not here any more, and one that comes.
    row("GET /admin/data").asks(&["company_id=@company"]),
    row("POST /admin/data/token").form("company_id=@company").done(200),
    row("GET /admin/data/received").asks(&["token=1", "token=2&company_id=@company"]),
    row("POST /admin/data/upload").file(FILE),
    row("GET /admin/data/imports/{id}").of(201).asks(&["company_id=@company"]),
    row("GET /admin/data/imports/{id}/rejects").of(201).done(404),
    row("POST /admin/data/imports/{id}").of(202).form("do=import&company_id=@company"),
    row("POST /admin/data/imports/{id}/remove").of(203).form(""),
    row("POST /admin/first-steps/close").form("company_id=@company"),
    row("GET /admin/platform-audit").operators(),
    row("GET /admin/platform-audit/export").operators(),
    row("GET /admin/platform-audit/{id}").ids(Ids::Word("999999")).operators().done(404),
    row("GET /admin/operations/cache").operators(),
    row("GET /admin/operations/security").operators().asks(&["company_id=@company&kind=foreign_row", "q=subject"]),
    row("GET /admin/operations/security/export").operators().asks(&["format=json&company_id=@company"]),
    // Another company's events: above.rs.
    row("GET /admin/operations/security/{id}").ids(Ids::Word("999999")).operators().done(404),
    row("GET /admin/widgets/cache_monitor").operators(),
    row("POST /admin/operations/cache/clear").form("company=@company").operators(),
    row("GET /admin/tokens").asks(&[
        "q=token&company_id=@company&user_id=@user",
        "state=in_use&sort=-last_used_at",
        "after=%cursor",
        "after=%place:api_tokens.-id&user_id=@user",
        "after=%place:api_tokens.-id&state=in_use",
    ]),
    row("GET /admin/tokens/new"),
    row("GET /admin/tokens/export").asks(&["format=json&company_id=@company", "format=csv&user_id=@user", "format=xlsx"]),
    row("GET /admin/tokens/{id}").ids(Ids::Token),
    row("POST /admin/tokens").form("name=new&days=30&ability=read").done(200),
    row("POST /admin/tokens/{id}/revoke").form("").ids(Ids::Token),
    row("GET /admin/inbox").varies().asks(&["company_id=@company&user_id=@user"]),
    row("GET /admin/inbox/new").varies().asks(&["company_id=@company"]),
    row("POST /admin/inbox/seen").form("until=1763800000&user_id=@user&company_id=@company"),
    // An id's look-up and a day's find what is the own company's alone.
    row("GET /admin/search").asks(&[
        "q=customer&company_id=@company",
        "q=%23@customer",
        "q=second+cust",
        "q=2026-11-30",
    ]),
    row("GET /admin/search/found").asks(&["q=customer", "q=staff&company_id=@company", "q=no-show", "q=%23@customer"]),
    // Lists, their exports, and rows.
    row("GET /admin/appointments").asks(&[
        "sort=id&company_id=@company",
        "q=customer",
        "after=%cursor",
        "before=%cursor",
        "service_id=@service",
        "by_staff=active",
        "by_staff=active_of_branch&created_at_from=2026-11-01&created_at_until=2026-11-30",
        "status=confirmed,completed&branch_id=@branch&starts_at_from=2026-11-01",
        "deleted=yes&branch_id=@branch",
        "deleted=yes&company_id=@company",
        "notice=deleted&gone=@customer",
        "after=%place:appointments.-starts_at",
        "after=%place:appointments.-starts_at&status=confirmed&by_staff=active",
        "after=%place:appointments.-starts_at&customer_id=@customer",
        "after=%place:appointments.-starts_at&q=customer",
    ]),
    row("GET /admin/appointments/export").asks(&[
        "customer_id=@customer&staff_id=@staff",
        "format=json",
        "company_id=@company",
        "format=xlsx&by_staff=active",
        "format=xlsx&branch_id=@branch&created_at_from=2026-11-01",
    ]),
    row("GET /admin/appointments/{id}").of(201).pointing(&[207, 208, 2021]),
    row("GET /admin/customers").asks(&[
        "sort=id&company_id=@company",
        "q=customer",
        "after=%cursor",
        "before=%cursor",
        "after=%place:customers.-created_at",
        "after=%place:customers.-created_at&q=customer",
    ]),
    row("GET /admin/customers/export").asks(EXPORTS),
    row("GET /admin/customers/{id}").of(201).asks(&["messages=%cursor", "messages_before=%cursor"]),
    row("GET /admin/policies").asks(&[
        "configurable_type=branch&configurable_id=@branch",
        "policy_type=no_show,cancellation&is_active=true&configurable_type=staff&configurable_id=@staff",
        "configurable_type=company&configurable_id=@company",
        "q=no-show+branch",
        "q=own&sort=policy_type",
        "after=%place:policy_configurations.-created_at",
        "after=%place:policy_configurations.-created_at&configurable_type=branch&configurable_id=@branch",
    ]),
    row("GET /admin/policies/export").asks(EXPORTS),
    row("GET /admin/policies/{id}").of(202).crossing(),
    row("GET /admin/violations").asks(&[
        "customer_id=@customer",
        "policy_type=no_show,other",
        "q=customer",
        "after=%cursor",
        "after=%place:appointment_modification_stats.-created_at",
        "after=%place:appointment_modification_stats.-created_at&customer_id=@customer",
    ]),
    row("GET /admin/violations/export").asks(EXPORTS),
    row("GET /admin/violations/{id}").of(201).pointing(&[203]),
    row("GET /admin/modifications").asks(&[
        "customer_id=@customer",
        "modification_type=cancel&within_policy=true",
        "q=customer",
        "appointment_id=@row",
        "after=%place:appointment_modifications.-created_at",
        "after=%place:appointment_modifications.-created_at&within_policy=true",
    ]),
    row("GET /admin/modifications/export").asks(EXPORTS),
    row("GET /admin/modifications/{id}").of(201).pointing(&[202, 205]),
    row("GET /admin/notifications").asks(&[
        "notifiable_type=customer&notifiable_id=@customer",
        "notifiable_type=user&notifiable_id=@user",
        "status=failed,pending&channel=sms&created_at_from=2026-11-01",
        "attention=open",
        "attention=aside",
        "reason=own+no+route",
        "reason=own+foreign&notifiable_type=customer",
        "q=customer",
        "after=%place:notification_queues.-created_at",
        "after=%place:notification_queues.-created_at&attention=open",
        "after=%place:notification_queues.-created_at&attention=aside",
        "after=%place:notification_queues.-created_at&notifiable_type=customer&notifiable_id=@customer",
    ]),
    row("GET /admin/notifications/export").asks(EXPORTS),
    row("GET /admin/notifications/{id}").of(201).crossing(),
    row("GET /admin/notification-configurations").asks(&[
        "configurable_type=branch&configurable_id=@branch",
        "q=staff+sms",
        "q=own",
        "after=%place:notification_configurations.-created_at",
    ]),
    row("GET /admin/notification-configurations/export").asks(EXPORTS),
    row("GET /admin/notification-configurations/{id}").of(201).crossing(),
    row("GET /admin/staff").asks(&[
        "branch_id=@branch",
        "q=staff",
        "sort=name&after=%cursor",
        "after=%place:staff.name&branch_id=@branch",
    ]),
    row("GET /admin/staff/export").asks(&["branch_id=@branch", "format=json", "format=xlsx"]),
    row("GET /admin/staff/{id}").of(201).pointing(&[207]),
    row("GET /admin/branches").asks(&[
        "sort=id&company_id=@company",
        "q=customer",
        "after=%cursor",
        "before=%cursor",
        "after=%place:branches.name",
    ]),
    row("GET /admin/branches/export").asks(EXPORTS),
    row("GET /admin/branches/{id}").of(201),
    row("GET /admin/services").asks(&[
        "sort=id&company_id=@company",
        "q=customer",
        "after=%cursor",
        "before=%cursor",
        "after=%place:services.name",
    ]),
    row("GET /admin/services/export").asks(EXPORTS),
    row("GET /admin/services/{id}").of(201),
    row("GET /admin/users").asks(&[
        "sort=created_at&company_id=@company",
        "q=moved",
        "after=%cursor",
        "role=admin,viewer&is_active=true",
        "is_active=false",
        "column=totp&column=is_active",
        "after=%place:users.name&is_active=true",
    ]),
    row("GET /admin/users/export").asks(EXPORTS),
    row("GET /admin/users/{id}").ids(Ids::User),
    // Somebody of whom something is left in the victim's company.
    row("GET /admin/users/{id}").ids(MOVED),
    // People: one's own things first, for what is done at last to others ends their sessions.
    row("GET /admin/profile").asks(&["user=@user&company_id=@company"]),
    row("POST /admin/profile/name").form("name=Made&id=@user&company_id=@company"),
    row("POST /admin/profile/password").form(NEW_PASSWORD),
    row("POST /admin/profile/totp/begin").form("user_id=@user"),
    row("GET /admin/profile/totp").asks(&["user=@user"]),
    // A code that is wrong: the right one changes every 30 seconds, see people/totp.rs.
    row("POST /admin/profile/totp").form("code=%code").done(422),
    row("POST /admin/profile/totp/codes").form(PASSWORD).by(Who::Second).done(200),
    row("POST /admin/profile/totp/off").form(PASSWORD).by(Who::Second),
    row("POST /admin/profile/sessions/end").form("session=@session").by(Who::Second),
    row("POST /admin/profile/sessions/end-others").form("user_id=@user"),
    row("GET /admin/users/new"),
    // Whoever has that address has an invitation of each company.
    row("POST /admin/users/new")
        .form("name=Made&email=invited%40example.test&role=viewer&company_id=@company")
        .done(200),
    row("POST /admin/users/invitations/{id}/resend").of(201).form("").done(200),
    row("POST /admin/users/invitations/{id}/withdraw").of(202).form(""),
    row("GET /admin/users/{id}/edit").ids(Ids::User),
    row("POST /admin/users/{id}/edit").ids(Ids::User).form("tag=%tag&name=Changed&role=manager&is_active=true"),
    row("GET /admin/users/{id}/deactivate").ids(Ids::User),
    row("GET /admin/users/{id}/deactivate").ids(MOVED),
    row("POST /admin/users/{id}/deactivate").ids(Ids::User).form(""),
    row("POST /admin/users/{id}/activate").ids(Ids::User).form(""),
    row("POST /admin/users/{id}/reset-totp").ids(Ids::User).form(""),
    row("GET /reset/{secret}").ids(Ids::Secret("own-reset")).by(Who::Comer),
    row("POST /reset/{secret}").ids(Ids::Secret("own-reset")).form(CHOSEN).by(Who::Comer),
    // Forms.
    row("GET /admin/branches/new"),
    row("POST /admin/branches/new").form("name=Made&city=&is_active=true"),
    row("GET /admin/branches/{id}/edit").of(201),
    row("POST /admin/branches/{id}/edit").of(201).form("tag=%tag&name=Changed&city=&is_active=true"),
    row("GET /admin/services/new"),
    row("POST /admin/services/new").form("name=Made&duration_minutes=30&price=5&is_active=true"),
    row("GET /admin/services/{id}/edit").of(201),
    row("POST /admin/services/{id}/edit")
        .of(201)
        .form("tag=%tag&name=Changed&duration_minutes=30&price=5&is_active=true"),
    row("GET /admin/staff/new"),
    row("POST /admin/staff/new").form("name=Made&branch_id=@branch_id&is_active=true"),
    row("GET /admin/staff/{id}/edit").of(201),
    row("POST /admin/staff/{id}/edit").of(201).form("tag=%tag&name=Changed&branch_id=@branch_id&is_active=true"),
    row("GET /admin/customers/new"),
    row("POST /admin/customers/new").form("name=Made&journey_status=vip"),
    row("GET /admin/customers/{id}/edit").of(201),
    row("POST /admin/customers/{id}/edit").of(201).form("tag=%tag&name=Changed&journey_status=vip"),
    row("GET /admin/policies/new").asks(&["policy_type=no_show"]),
    row("POST /admin/policies/new").form(POLICY),
    row("GET /admin/policies/{id}/edit").of(202).crossing(),
    row("POST /admin/policies/{id}/edit").of(203).form(POLICY_AGAIN),
    row("GET /admin/policies/preview").done(303),
    row("POST /admin/policies/preview").form(PREVIEW).done(200),
    row("GET /admin/policies/{id}/preview").of(202).done(303),
    row("POST /admin/policies/{id}/preview").of(203).crossing().form(PREVIEW_AGAIN).done(200),
    row("GET /admin/reports").asks(&["company_id=@company"]),
    row("GET /admin/reports/new").asks(&["company_id=@company"]),
    row("POST /admin/reports/new").form(REPORT),
    row("GET /admin/reports/{id}/edit").of(201),
    row("POST /admin/reports/{id}/edit").of(201).form(EDITED),
    row("POST /admin/reports/{id}/pause").of(201).form(""),
    row("POST /admin/reports/{id}/resume").of(202).form(""),
    row("POST /admin/reports/{id}/send").of(203).form(""),
    row("POST /admin/reports/{id}/delete").of(204).form(""),
    // A link that is right is somebody's own: reports.rs sees to those.
    row("GET /unsubscribe/{word}")
        .ids(Ids::Word("1.101.11.0123456789abcdef0123456789abcdef"))
        .by(Who::Nobody)
        .done(404),
    row("POST /unsubscribe/{word}")
        .ids(Ids::Word("1.101.11.0123456789abcdef0123456789abcdef"))
        .form("List-Unsubscribe=One-Click")
        .by(Who::Nobody)
        .done(404),
    row("GET /admin/notification-configurations/new"),
    row("POST /admin/notification-configurations/new").form(CONFIGURATION),
    row("GET /admin/notification-configurations/{id}/edit").of(201).crossing(),
    row("POST /admin/notification-configurations/{id}/edit").of(202).form("tag=%tag&is_enabled=true"),
    // Many rows at once.
    row("GET /admin/appointments/bulk").done(400).asks(&["id=@row&act=delete", "all=yes&act=delete&company_id=@company"]),
    row("POST /admin/appointments/bulk").form("key=own-appointments&n=99").done(400).asks(&["id=@row&act=delete", "all=yes&act=delete"]),
    row("GET /admin/customers/bulk").done(400).asks(&["id=@row&act=delete", "all=yes&act=delete&company_id=@company"]),
    row("POST /admin/customers/bulk").form("key=own-customers&n=99").done(400).asks(&["id=@row&act=delete", "all=yes&act=delete"]),
    row("GET /admin/policies/bulk").done(400).asks(&["id=@row&act=activate", "all=yes&act=activate&company_id=@company"]),
    row("POST /admin/policies/bulk").form("key=own-policies&n=99").done(400).asks(&["id=@row&act=activate", "all=yes&act=activate"]),
    row("GET /admin/notifications/bulk").done(400).asks(&["id=@row&act=retry", "all=yes&act=retry&company_id=@company"]),
    row("POST /admin/notifications/bulk").form("key=own-notifications&n=99").done(400).asks(&["id=@row&act=retry", "all=yes&act=retry"]),
    row("GET /admin/notification-configurations/bulk").done(400).asks(&["id=@row&act=activate", "all=yes&act=activate&company_id=@company"]),
    row("POST /admin/notification-configurations/bulk").form("key=own-notification-configurations&n=99").done(400).asks(&["id=@row&act=activate", "all=yes&act=activate"]),
    row("GET /admin/staff/bulk").done(400).asks(&["id=@row&act=activate", "all=yes&act=activate&company_id=@company"]),
    row("POST /admin/staff/bulk").form("key=own-staff&n=99").done(400).asks(&["id=@row&act=activate", "all=yes&act=activate"]),
    row("GET /admin/branches/bulk").done(400).asks(&["id=@row&act=activate", "all=yes&act=activate&company_id=@company"]),
    row("POST /admin/branches/bulk").form("key=own-branches&n=99").done(400).asks(&["id=@row&act=activate", "all=yes&act=activate"]),
    row("GET /admin/services/bulk").done(400).asks(&["id=@row&act=activate", "all=yes&act=activate&company_id=@company"]),
    row("POST /admin/services/bulk").form("key=own-services&n=99").done(400).asks(&["id=@row&act=activate", "all=yes&act=activate"]),
    row("GET /admin/bulk/{name}").ids(Ids::Word("both-bulk-1")),
    row("GET /admin/bulk/{name}").ids(Ids::Word("1-bulk-9")).done(404),
    row("GET /admin/bulk/{name}/progress").ids(Ids::Word("both-bulk-1")),
    row("GET /admin/bulk/{name}/progress").ids(Ids::Word("1-bulk-9")).done(404),
    row("POST /admin/bulk/{name}/cancel").ids(Ids::Word("both-bulk-2")).form(""),
    row("POST /admin/bulk/{name}/cancel").ids(Ids::Word("1-bulk-9")).form("").done(404),
    row("POST /admin/bulk/{name}/undo").ids(Ids::Word("both-bulk-1")).form(""),
    row("POST /admin/bulk/{name}/undo").ids(Ids::Word("1-bulk-9")).form("").done(404),
    // What is booked by a form.
    row("GET /admin/appointments/new").asks(&[
        "q=customer&customer_id=@row&service_id=@row&staff_id=@row&branch_id=@row&day=2026-11-26&time=16:50",
        "q=customer&company_id=@company",
        // Whose branch is the victim's.
        "staff_id=207",
    ]),
    row("POST /admin/appointments/new").form(
        "customer_id=@customer_id&service_id=@service_id&staff_id=@staff_id&branch_id=@branch_id&day=2026-12-09&time=10:00&anyway=yes",
    ),
    row("GET /admin/appointments/{id}/edit").of(201).pointing(&[207, 208, 2021]),
    row("POST /admin/appointments/{id}/edit").of(201).form(REBOOKED),
    // What is deleted, and had back.
    row("GET /admin/appointments/{id}/delete").of(2019),
    row("POST /admin/appointments/{id}/delete").of(2019).form("tag=%tag"),
    row("POST /admin/appointments/{id}/restore").of(2019).form(""),
    row("GET /admin/policies/{id}/delete").of(2016).crossing(),
    row("POST /admin/policies/{id}/delete").of(2016).crossing().form("tag=%tag"),
    row("POST /admin/policies/{id}/restore").of(2016).crossing().form(""),
    row("GET /admin/branches/{id}/delete").of(203),
    row("POST /admin/branches/{id}/delete").of(203).form("tag=%tag&confirm=own+third+branch"),
    row("GET /admin/services/{id}/delete").of(204),
    row("POST /admin/services/{id}/delete").of(204).form("tag=%tag&confirm=own+fourth+service"),
    row("GET /admin/staff/{id}/delete").of(204),
    row("POST /admin/staff/{id}/delete").of(204).form("tag=%tag&confirm=own+fourth+staff"),
    row("GET /admin/customers/{id}/delete").of(203),
    row("POST /admin/customers/{id}/delete").of(203).form("tag=%tag&confirm=own+third+customer"),
    row("GET /admin/notification-configurations/{id}/delete").of(205).crossing(),
    row("POST /admin/notification-configurations/{id}/delete")
        .of(205)
        .crossing()
        .form("tag=%tag&confirm=policy+violated"),
    // What is done.
    row("GET /admin/notifications/failed").asks(&["reason=both+no+route", "company_id=@company"]),
    row("POST /admin/notifications/failed").form("reason=both+no+route"),
    row("POST /admin/notifications/{id}/retry").of(201).crossing().form("return_to=/admin"),
    row("POST /admin/notifications/{id}/set-aside").of(205).crossing().form("reason=own"),
    row("POST /admin/notifications/{id}/take-back").of(205).crossing().form(""),
    row("GET /admin/appointments/{id}/cancel").of(2010).pointing(&[208, 2024]),
    row("POST /admin/appointments/{id}/cancel").of(2010).form(CANCEL),
    row("GET /admin/appointments/{id}/reschedule").of(2011).pointing(&[208, 2024]),
    row("POST /admin/appointments/{id}/reschedule").of(2011).form(MOVE),
    row("GET /admin/appointments/{id}/complete").of(2012).pointing(&[208]),
    row("POST /admin/appointments/{id}/complete").of(2012).form(CLOSE),
    row("GET /admin/appointments/{id}/no-show").of(2013).pointing(&[208]),
    row("POST /admin/appointments/{id}/no-show").of(2013).form(CLOSE),
    row("GET /admin/appointments/{id}/reopen").of(2027),
    row("POST /admin/appointments/{id}/reopen").of(2027).form(CLOSE),
    // The API.
    row("GET /api/docs").by(Who::Nobody),
    row("GET /api/openapi.json").by(Who::Nobody),
    row("POST /api/v1/receipts")
        .json(r#"{"receipt": "r", "id": "@notification", "status": "failed"}"#, 401)
        .by(Who::Nobody),
    row("GET /api/v1/widgets"),
    row("GET /api/v1/widgets/{key}").ids(Ids::Word("latest_violations")).asks(&[NARROWED, "period=7d"]),
    row("GET /api/v1/summaries/days").asks(&["until=2026-11-30&days=30"]),
    row("GET /api/v1/exports/{resource}").ids(Ids::Word("appointments")).asks(&[
        "format=ndjson&customer_id=@customer",
        "cursor=%cursor",
        "format=csv",
    ]),
    row("GET /api/v1/companies").operators(),
    row("POST /api/v1/companies").json(r#"{"name": "New", "slug": "new"}"#, 201).operators(),
    row("GET /api/v1/companies/{id}").ids(Ids::Company).operators(),
    row("PATCH /api/v1/companies/{id}").ids(Ids::Company).json(r#"{"locale": "en"}"#, 200).operators(),
    row("GET /api/v1/appointments").asks(&[
        "customer_id=@customer",
        "cursor=%cursor",
        "sort=-starts_at&cursor=%cursor",
        "limit=2",
    ]),
    row("POST /api/v1/appointments").json(BOOKING, 201),
    row("POST /api/v1/appointments/batch").json(BOOKING, 200).lines(),
    row("GET /api/v1/appointments/{id}").of(201),
    row("PATCH /api/v1/appointments/{id}").of(201).json(CHANGED, 200),
    row("DELETE /api/v1/appointments/{id}").of(2018).deletes(),
    row("GET /api/v1/appointments/{id}/policy-check").of(2014),
    row("POST /api/v1/appointments/{id}/cancel").of(2014).json(CANCELLATION, 200),
    row("POST /api/v1/appointments/{id}/reschedule").of(2015).json(RESCHEDULING, 200),
    row("POST /api/v1/appointments/{id}/complete").of(2016).json("{}", 200),
    row("POST /api/v1/appointments/{id}/no-show").of(2017).json("{}", 200),
    row("POST /api/v1/appointments/{id}/reopen").of(2026).json("{}", 200),
    row("GET /api/v1/branches").asks(&["cursor=%cursor", "sort=-name"]),
    row("POST /api/v1/branches").json(r#"{"name": "Made"}"#, 201),
    row("GET /api/v1/branches/{id}").of(201),
    row("PATCH /api/v1/branches/{id}").of(201).json(r#"{"city": "Bonn"}"#, 200),
    row("DELETE /api/v1/branches/{id}").of(202).deletes(),
    row("GET /api/v1/services").asks(&["cursor=%cursor"]),
    row("POST /api/v1/services").json(r#"{"name": "Made"}"#, 201),
    row("GET /api/v1/services/{id}").of(201),
    row("PATCH /api/v1/services/{id}").of(201).json(r#"{"price": "6"}"#, 200),
    row("DELETE /api/v1/services/{id}").of(203).deletes(),
    row("GET /api/v1/staff").asks(&["branch_id=@branch", "cursor=%cursor"]),
    row("POST /api/v1/staff").json(r#"{"name": "Made", "branch_id": @branch_id}"#, 201),
    row("GET /api/v1/staff/{id}").of(201),
    row("PATCH /api/v1/staff/{id}").of(201).json(r#"{"branch_id": @branch_id}"#, 200),
    row("DELETE /api/v1/staff/{id}").of(203).deletes(),
    row("GET /api/v1/customers").asks(&["cursor=%cursor", "sort=name&cursor=%cursor", "limit=1"]),
    row("POST /api/v1/customers").json(r#"{"name": "Made"}"#, 201),
    row("GET /api/v1/customers/{id}").of(201),
    row("PATCH /api/v1/customers/{id}").of(201).json(r#"{"journey_status": "regular"}"#, 200),
    row("DELETE /api/v1/customers/{id}").of(202).deletes(),
    row("GET /api/v1/policies").asks(&["configurable_id=@branch", "configurable_id=@company", "cursor=%cursor"]),
    row("POST /api/v1/policies").json(NEW_POLICY, 201),
    row("GET /api/v1/policies/{id}").of(202).crossing(),
    row("PATCH /api/v1/policies/{id}")
        .of(203)
        .crossing()
        .json(r#"{"is_override": true, "overrides_id": @overrides_id}"#, 200),
    row("DELETE /api/v1/policies/{id}").of(204).crossing().deletes(),
    row("GET /api/v1/notification-configurations").asks(&[
        "configurable_id=@branch",
        "configurable_id=@company",
        "cursor=%cursor",
    ]),
    row("POST /api/v1/notification-configurations").json(NEW_CONFIGURATION, 201),
    row("GET /api/v1/notification-configurations/{id}").of(201).crossing(),
    row("PATCH /api/v1/notification-configurations/{id}").of(201).crossing().json(r#"{"is_enabled": true}"#, 200),
    row("DELETE /api/v1/notification-configurations/{id}").of(204).crossing().deletes(),
    row("GET /api/v1/notifications").asks(&["notifiable_id=@customer", "notifiable_id=@admin", "cursor=%cursor"]),
    row("POST /api/v1/notifications").json(NEW_NOTIFICATION, 201),
    row("GET /api/v1/notifications/{id}").of(201).crossing(),
    row("POST /api/v1/notifications/{id}/retry").of(206).crossing().json("{}", 200),
    row("GET /api/v1/users").asks(&["email=@email", "email=moved%40example.test", "cursor=%cursor"]),
    row("POST /api/v1/users")
        .json(r#"{"name": "Made", "email": "@fresh", "password": "violet kettle on the roof"}"#, 201),
    row("GET /api/v1/users/{id}").ids(Ids::User),
    row("GET /api/v1/users/{id}").ids(MOVED),
    row("PATCH /api/v1/users/{id}").ids(Ids::User).json(r#"{"role": "manager"}"#, 200),
    row("PATCH /api/v1/users/{id}").ids(MOVED).json(r#"{"role": "manager"}"#, 200),
    row("DELETE /api/v1/users/{id}").ids(Ids::User).deletes(),
    // Closed and opened again, so that nobody asks in between; last, since tags of the company that were told before hold no longer.
    row("POST /admin/companies/{id}/close").ids(Ids::Company).form("").operators(),
    row("POST /admin/companies/{id}/reopen").ids(Ids::Company).form("").operators(),
];
