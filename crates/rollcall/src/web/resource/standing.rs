//! What a policy is among the company's others: which it overrides, which override it, and what applies in the end.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::analytics::currency::Currency;
use crate::analytics::polymorphic::Configurable;
use crate::app::App;
use crate::booking::active_policies;
use crate::db::{Arg, Error, Mode, TenantSql, TenantTx};
use crate::policy::{Place, Row, beneath, chain, origins};
use crate::resource::{CURRENCY, Screen, engine_row};
use crate::web::error::Failure;
use crate::web::view::{Among, Chrome, Force, NamedPolicy, Standing, StandingPanel, Value};
use crate::web::visitor::InCompany;

/// So many of each sort of other policies are named.
const NAMED: usize = 8;

/// Of a policy, the part of its page that says so; none for any other row.
pub(super) async fn html(
    app: &App,
    at: &InCompany,
    chrome: &Chrome,
    screen: &Screen,
    (id, row): (i64, &Map<String, Json>),
) -> Result<Option<String>, Failure> {
    let Some(policy) = engine_row(id, row).filter(|_| screen.resource.column("policy_type").is_some()) else {
        return Ok(None);
    };
    let tx = at.scope.db(&app.db).begin(Mode::Snapshot).await?;
    let rows = active_policies(&tx).await?;
    let active = row.get("is_active").and_then(Json::as_bool).unwrap_or_default();
    let standing = standing(&tx, at, &rows, &policy, active).await?;
    tx.commit().await?;
    Ok(Some(StandingPanel::new(chrome, &standing).html()?))
}

/// What `policy` is among the active ones `rows`; `active` says whether it is one of them.
pub(super) async fn standing(
    tx: &TenantTx,
    at: &InCompany,
    rows: &[Row],
    policy: &Row,
    active: bool,
) -> Result<Standing, Error> {
    let others: Vec<_> =
        rows.iter().filter(|row| row.policy_type == policy.policy_type && row.id != policy.id).cloned().collect();
    let mut with = others.clone();
    with.push(policy.clone());
    let layers = beneath(&with, policy);
    let applies = chain(&with, &Place::at(tx.company_id(), policy.on, policy.on_id), policy.policy_type);
    let winner = applies.first().filter(|row| row.id != policy.id).copied();
    let overriding: Vec<_> = others.iter().filter(|row| row.overrides == Some(policy.id)).collect();
    let stronger: Vec<_> = others.iter().filter(|row| row.on > policy.on).collect();
    let weaker: Vec<_> = others.iter().filter(|row| row.on < policy.on).collect();
    let shown = layers.iter().chain(&winner).chain(overriding.iter().take(NAMED));
    let shown: Vec<_> = shown.chain(stronger.iter().take(NAMED)).chain(weaker.iter().take(NAMED)).copied().collect();
    let names = names(tx, at, &shown).await?;
    let named = |row: &Row| NamedPolicy {
        id: row.id,
        on: row.on.names()[0],
        on_id: row.on_id,
        name: names.get(&(row.on, row.on_id)).cloned().unwrap_or_default(),
    };
    let among = |rows: &[&Row]| Among {
        named: rows.iter().take(NAMED).map(|row| named(row)).collect(),
        more: rows.len().saturating_sub(NAMED),
    };
    let values = origins(&layers).into_iter().map(|origin| Value {
        key: origin.key,
        value: origin.value.cloned(),
        from: with.iter().find(|row| row.id == origin.id).map(named).filter(|from| from.id != policy.id),
    });
    let force = match (active, winner) {
        (false, _) => Force::Off,
        (true, Some(row)) => Force::Beaten(named(row)),
        (true, None) => Force::Applies,
    };
    Ok(Standing {
        policy_type: policy.policy_type,
        here: named(policy),
        force,
        values: values.collect(),
        overrides: layers.iter().skip(1).map(|row| named(row)).collect(),
        overriding: among(&overriding),
        stronger: among(&stronger),
        weaker: among(&weaker),
        currency: currency(tx).await?,
    })
}

async fn currency(tx: &TenantTx) -> Result<Currency, Error> {
    let rows = tx.rows(&CURRENCY, vec![]).await?;
    let code = rows.first().map(|row| row.opt_text(0)).transpose()?.flatten();
    Ok(code.map_or(Currency::EUR, |code| Currency::of(&code)))
}

/// What the configurables of policies are called.
async fn names(tx: &TenantTx, at: &InCompany, rows: &[&Row]) -> Result<BTreeMap<(Configurable, i64), String>, Error> {
    let mut names = BTreeMap::from([((Configurable::Company, at.company.id), at.company.name.clone())]);
    for (on, table) in
        [(Configurable::Branch, "branches"), (Configurable::Service, "services"), (Configurable::Staff, "staff")]
    {
        let ids: Vec<_> = rows.iter().filter(|row| row.on == on).map(|row| Arg::from(row.on_id)).collect();
        if ids.is_empty() {
            continue;
        }
        let marks = vec!["?"; ids.len()].join(", ");
        let text = format!("SELECT id, name FROM {table} WHERE company_id = :company AND id IN ({marks})");
        let sql = TenantSql::composed(text)?;
        for row in tx.rows(&sql, ids).await? {
            names.insert((on, row.int(0)?), row.text(1)?);
        }
    }
    Ok(names)
}
