//! The companies of the load: each with a person, their token, a customer, and a notification for every cancellation.

use anyhow::Result;
use rollcall::audit::Actor;
use rollcall::chance::Chance;
use rollcall::clock::Clock;
use rollcall::db::Database;
use rollcall::tokens::{self, NewToken};
use secrecy::ExposeSecret;

use super::foreign::Foreign;

/// So many companies, and writers.
const COMPANIES: i64 = 4;

#[derive(Debug)]
pub(crate) struct Stage {
    /// Looks at the database past the program.
    pub(crate) foreign: Foreign,
    pub(crate) companies: Vec<Company>,
}

/// One writer's company; its id is its customer's and its person's, too.
#[derive(Clone, Debug)]
pub(crate) struct Company {
    pub(crate) id: i64,
    pub(crate) token: String,
}

impl Stage {
    pub(crate) async fn set(url: &str) -> Result<Self> {
        let foreign = Foreign::connect(url).await?;
        for id in 1..=COMPANIES {
            foreign
                .run(&format!("INSERT INTO companies (id, name, slug) VALUES ({id}, 'Salon {id}', 's-{id}')"))
                .await?;
            let user = format!("{id}, {id}, 'Ada', 'ada{id}@example.test', '-', 'admin'");
            foreign
                .run(&format!("INSERT INTO users (id, company_id, name, email, password, role) VALUES ({user})"))
                .await?;
            let customer = format!("{id}, {id}, 'Grace', 'grace{id}@example.test'");
            foreign.run(&format!("INSERT INTO customers (id, company_id, name, email) VALUES ({customer})")).await?;
            let told = format!("{id}, 'company', {id}, 'appointment_cancelled', 'email'");
            let columns = "company_id, configurable_type, configurable_id, event_type, channel";
            foreign.run(&format!("INSERT INTO notification_configurations ({columns}) VALUES ({told})")).await?;
        }
        if foreign.backend() == sea_orm::DbBackend::Postgres {
            for table in ["companies", "users", "customers"] {
                foreign.run(&format!("SELECT setval(pg_get_serial_sequence('{table}', 'id'), {COMPANIES})")).await?;
            }
        }
        let db = Database::open(url, 2).await?;
        let mut companies = Vec::new();
        for id in 1..=COMPANIES {
            let new = NewToken {
                user_id: id,
                company_id: Some(id),
                name: "load".to_owned(),
                abilities: "write".parse()?,
                expires_at: None,
            };
            let actor = Actor::command_line("kills");
            let (_, secret) = tokens::create(&db, &Clock::system(), &Chance::system()?, &actor, new).await?;
            companies.push(Company { id, token: secret.expose_secret().to_owned() });
        }
        db.close().await?;
        Ok(Self { foreign, companies })
    }
}
