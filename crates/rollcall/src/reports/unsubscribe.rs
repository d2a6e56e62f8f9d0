//! The link that ends all further mails of a report to somebody. It says whose it is and nothing that opens anything else.

use super::store;
use crate::app::App;
use crate::audit::Actor;
use crate::db::{Error, Mode};
use crate::tenant::{OperatorScope, TenantScope};

/// Of which report to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// The company.
    pub company: i64,
    /// The report.
    pub report: i64,
    /// The user.
    pub user: i64,
}

/// So many letters of the keyed hash stand in a link: 128 bits.
const LETTERS: usize = 32;

impl Subscription {
    /// The word in the link: the three ids, and what nobody else can make of them.
    #[must_use]
    pub fn word(&self, app: &App) -> String {
        let ids = format!("{}.{}.{}", self.company, self.report, self.user);
        let hash = app.keyed_hash("unsubscribe", &ids);
        format!("{ids}.{}", hash.get(..LETTERS).unwrap_or(&hash))
    }

    /// What a word means; none for one that the program did not make.
    #[must_use]
    pub fn read(app: &App, word: &str) -> Option<Self> {
        let mut ids = word.splitn(4, '.').map(str::parse::<i64>);
        let it = Self { company: ids.next()?.ok()?, report: ids.next()?.ok()?, user: ids.next()?.ok()? };
        // Hashes of both are compared: how long that takes tells nothing of the word.
        let [own, given] = [it.word(app).as_str(), word].map(|word| app.keyed_hash("unsubscribing", word));
        (own == given).then_some(it)
    }

    /// The company's name, and the report's, while somebody gets it; none otherwise.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn report(&self, app: &App) -> Result<Option<String>, Error> {
        let Some(scope) = self.scope(app).await? else { return Ok(None) };
        let report = store::find(&scope.db(&app.db), self.report).await?;
        let report = report.filter(|report| report.contents.recipients.iter().any(|it| it.user == self.user));
        Ok(report.map(|report| report.contents.name))
    }

    /// Ends it. Twice does no harm.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn end(&self, app: &App, actor: &Actor) -> Result<(), Error> {
        let Some(scope) = self.scope(app).await? else { return Ok(()) };
        let tx = scope.db(&app.db).begin(Mode::Write).await?;
        store::unsubscribe(&tx, (self.report, self.user), actor, app.clock.now_utc()).await?;
        tx.commit().await
    }

    /// The hash is the proof: the program made the link for somebody of that company.
    async fn scope(&self, app: &App) -> Result<Option<TenantScope>, Error> {
        OperatorScope::of_program("unsubscribe").enter(&app.db, self.company).await
    }
}
