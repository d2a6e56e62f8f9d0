//! Refresh-ahead: what is on somebody's screen is drawn anew when it changes, so that the screen's own request finds it drawn.

use tokio_util::sync::CancellationToken;

use super::companies;
use crate::app::App;
use crate::db::Error;
use crate::web::drawing::Subject;
use crate::web::warming::draw_screen;

/// Draws ahead until `stop` is cancelled; a dashboard under way is finished first.
pub async fn run(app: App, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = app.db.versions().risen() => {}
        }
        if let Err(error) = look(&app).await {
            tracing::warn!(%error, "dashboards that are open could not be drawn ahead");
        }
    }
}

/// Draws the dashboards that somebody has open and whose company's version has risen; answers how many.
///
/// # Errors
/// Where the database fails: whoever looks then waits for the drawing.
pub async fn look(app: &App) -> Result<usize, Error> {
    let mut drawn = 0;
    for company in app.db.versions().take_risen() {
        let screens = app.screens.of(company);
        if screens.is_empty() {
            continue;
        }
        // Version and zone of one reading, as a request has them.
        let Some(found) = companies::one(&app.db, company).await? else { continue };
        for screen in screens {
            draw_screen(Subject::new(app, found.clone(), screen.chosen()), &screen).await;
            drawn += 1;
        }
    }
    Ok(drawn)
}
