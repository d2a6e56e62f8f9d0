//! `metrics.*`: who may read `/metrics`.

use std::net::IpAddr;

use secrecy::SecretString;

use super::{Reader, secret, value};

/// `metrics.*`
#[derive(Clone, Debug)]
pub struct MetricsSettings {
    /// `metrics.token`
    pub token: Option<SecretString>,
    /// `metrics.allow`
    pub allow: Vec<IpAddr>,
}

impl MetricsSettings {
    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let token = from.opt("metrics.token", secret::token);
        let allow = from.get("metrics.allow", value::addresses);
        Some(Self { token: token?, allow: allow? })
    }
}
