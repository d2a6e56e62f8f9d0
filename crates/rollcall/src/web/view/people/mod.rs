//! Pages about people: invitations, links that were sent to somebody, the profile, the second step of signing in.

mod arrival;
mod invite;
mod profile;
mod second_step;

pub use arrival::{ArrivalPage, ArrivalProblem, ForgotPage};
pub(super) use invite::PendingRow;
pub use invite::{InvitePage, InviteProblem};
pub use profile::{ProfilePage, ProfileProblem};
pub use second_step::{CodePage, CodeProblem, CodesPage, SetupPage};
