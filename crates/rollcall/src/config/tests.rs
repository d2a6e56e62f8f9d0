use std::path::PathBuf;

use secrecy::ExposeSecret;

use super::*;

const KEY: &str = "kU3!w9Zq_Lr7x-Tb2VfHs8Ym4NcJ6pGd";

fn with(variables: &[(&str, &str)]) -> Result<Config, SettingsError> {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Config::load(&Sources { variables, ..Sources::default() })
}

fn file(text: &str) -> (tempfile::TempDir, Result<Config, SettingsError>) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rollcall.toml"), text).unwrap();
    let loaded = Config::load(&Sources { folder: Some(folder.path().to_owned()), ..Sources::default() });
    (folder, loaded)
}

fn complaint(loaded: Result<Config, SettingsError>) -> String {
    loaded.unwrap_err().to_string()
}

#[test]
fn every_default_is_valid_and_is_what_the_table_says() {
    let config = Config::defaults().unwrap();
    assert_eq!(config.listen, "127.0.0.1:8080".parse().unwrap());
    assert_eq!(config.database.url.reveal(), "sqlite:rollcall.db");
    assert_eq!((config.database.max_connections, config.database.migrate_on_start), (8, Migrate::Auto));
    assert!(config.secret_key.is_none() && config.public_url.is_none() && config.trusted_proxies.is_empty());
    assert_eq!(config.session.idle_timeout, Duration::from_secs(8 * 3600));
    assert_eq!(config.session.lifetime, Duration::from_secs(30 * 86_400));
    assert_eq!(config.sign_in.lockout, Duration::from_secs(900));
    assert_eq!(config.changes.poll, Duration::from_millis(250));
    assert_eq!(config.request.max_body, 1 << 20);
    assert_eq!((config.log.format, config.log.level.as_str()), (LogFormat::Text, "info"));
}

#[test]
fn every_setting_is_read_and_refuses_nonsense_naming_its_variable() {
    for setting in SETTINGS {
        let variable = setting.variable();
        let message = complaint(with(&[(&variable, "@@ nonsense")]));
        assert!(message.contains(&format!("variable {variable}: `{}`", setting.key)), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

#[test]
fn every_setting_refuses_a_wrong_type_naming_file_and_line() {
    for setting in SETTINGS {
        let (_folder, loaded) = file(&format!("\n{} = 1.5\n", setting.key));
        let message = complaint(loaded);
        let place = format!("rollcall.toml line 2: `{}` must be ", setting.key);
        assert!(message.contains(&place) && message.contains("a decimal number"), "{message}");
    }
}

#[test]
fn the_command_line_wins_over_variables_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.toml");
    std::fs::write(&path, "listen = \"127.0.0.1:1\"\n[database]\nurl = \"sqlite:file.db\"\nmax_connections = 3\n")
        .unwrap();
    let sources = Sources {
        file: Some(path),
        folder: None,
        variables: vec![
            ("ROLLCALL_LISTEN".to_owned(), "127.0.0.1:2".to_owned()),
            ("ROLLCALL_DATABASE".to_owned(), "sqlite:variable.db".to_owned()),
            ("PATH".to_owned(), "/bin".to_owned()),
        ],
        options: vec![("listen", "--listen", "127.0.0.1:3".to_owned())],
    };
    let config = Config::load(&sources).unwrap();
    assert_eq!(config.listen.port(), 3);
    assert_eq!(config.database.url.reveal(), "sqlite:variable.db");
    assert_eq!(config.database.max_connections, 3);
}

#[test]
fn an_unknown_key_names_its_line_and_the_nearest_key() {
    let (_folder, loaded) = file("listen = \"127.0.0.1:1\"\n\n[session]\nidle_timout = \"1h\"\n");
    let message = complaint(loaded);
    let expected = "rollcall.toml line 4: `session.idle_timout` is no setting; did you mean `session.idle_timeout`?";
    assert!(message.ends_with(expected), "{message}");
    let (_folder, loaded) = file("max_connections = 3");
    assert!(complaint(loaded).contains("did you mean `database.max_connections`?"));
    let (_folder, loaded) = file("[databse]\nurl = \"sqlite:a\"");
    assert!(complaint(loaded).contains("`databse` is no setting"));
}

#[test]
fn an_unknown_variable_names_the_nearest_one() {
    let message = complaint(with(&[("ROLLCALL_SESSION__LIFETIM", "1d"), ("ROLLCALL_QQQQ", "1")]));
    assert!(
        message.contains("ROLLCALL_SESSION__LIFETIM: is no setting; did you mean ROLLCALL_SESSION__LIFETIME?"),
        "{message}"
    );
    assert!(message.contains("ROLLCALL_QQQQ: is no setting; docs"), "all mistakes at once: {message}");
}

#[test]
fn both_names_of_one_setting_are_a_mistake() {
    let message = complaint(with(&[("ROLLCALL_DATABASE", "sqlite:a"), ("ROLLCALL_DATABASE__URL", "sqlite:b")]));
    assert!(message.contains("`database.url` is set by ROLLCALL_DATABASE too"), "{message}");
}

#[test]
fn a_named_file_must_exist_and_be_toml() {
    let missing = Sources { file: Some(PathBuf::from("/nowhere/own.toml")), ..Sources::default() };
    let message = complaint(Config::load(&missing));
    assert!(message.contains("option --config") && message.contains("/nowhere/own.toml"), "{message}");
    let (_folder, loaded) = file("listen = \"127.0.0.1:1\"\nsecret_key = \"hunter2-hunter2");
    let message = complaint(loaded);
    assert!(message.contains("rollcall.toml line 2: is not TOML"), "{message}");
    assert!(!message.contains("hunter2"), "the line may hold a secret: {message}");
}

#[test]
fn a_weak_secret_is_refused_without_showing_it() {
    let weak = [
        "short",
        "change-me-change-me-change-me-change-me!",
        "please_CHANGE_ME_before_production_0x7f3a",
        "kU3!w9Zqkklllllllllllllllllllllllllllllllllll".get(9..45).unwrap(),
        "kU3!w9Zq_Lr7x-TbkU3!w9Zq_Lr7x-Tb",
        "0123456789abcdef0123456789abcdef",
    ];
    for key in weak {
        let message = complaint(with(&[("ROLLCALL_SECRET_KEY", key)]));
        assert!(message.contains("variable ROLLCALL_SECRET_KEY: `secret_key`"), "{message}");
        assert!(!message.contains(key), "{message}");
    }
    let (_folder, loaded) = file("secret_key = 12345678901234");
    let message = complaint(loaded);
    assert!(message.contains("line 1: `secret_key` must be text") && !message.contains("12345"), "{message}");
}

#[test]
fn a_good_secret_is_taken_and_never_shown() {
    let config =
        with(&[("ROLLCALL_SECRET_KEY", KEY), ("ROLLCALL_DATABASE__URL", "postgres://app:s3cret@db/rollcall")]).unwrap();
    assert_eq!(config.secret_key.as_ref().unwrap().expose_secret(), KEY);
    let shown = format!("{config:?} {config:#?} {}", config.database.url);
    assert!(!shown.contains(KEY) && !shown.contains("s3cret"), "{shown}");
    assert!(shown.contains("app:***@db"), "{shown}");
}

#[test]
fn a_bad_database_url_is_not_shown() {
    let message = complaint(with(&[("ROLLCALL_DATABASE", "postgre://app:s3cret@db/rollcall")]));
    assert!(
        message.contains("variable ROLLCALL_DATABASE: `database.url` must be") && !message.contains("s3cret"),
        "{message}"
    );
}

#[test]
fn times_sizes_and_lists_read_as_people_write_them() {
    let (_folder, loaded) = file(
        "trusted_proxies = [\"10.0.0.1\", \"::1\"]\n[session]\nidle_timeout = \"1h30m\"\n[request]\nmax_body = \"2 MB\"\n\
         [cookies]\nsecure = true\n[shutdown]\ngrace = \"0s\"",
    );
    let config = loaded.unwrap();
    assert_eq!(config.session.idle_timeout, Duration::from_secs(5400));
    assert_eq!(config.request.max_body, 2_000_000);
    assert_eq!(config.trusted_proxies, ["10.0.0.1".parse::<IpAddr>().unwrap(), "::1".parse().unwrap()]);
    assert!(config.secure_cookies() && config.shutdown.grace.is_zero());
    assert!(complaint(with(&[("ROLLCALL_SESSION__LIFETIME", "5 fortnights")])).contains("write 250ms, 20s"));
    assert!(complaint(with(&[("ROLLCALL_SESSION__LIFETIME", "99999999999999999999d")])).contains("no length of time"));
    assert!(complaint(with(&[("ROLLCALL_REQUEST__MAX_BODY", "1")])).contains("such as 512KiB"));
    let proxies = with(&[("ROLLCALL_TRUSTED_PROXIES", "10.0.0.1, 10.0.0.2")]).unwrap().trusted_proxies;
    assert_eq!(proxies.len(), 2);
}

#[test]
fn an_idle_timeout_beyond_the_lifetime_is_a_mistake() {
    let message = complaint(with(&[("ROLLCALL_SESSION__LIFETIME", "1h")]));
    assert!(message.contains("`session.idle_timeout` is longer than `session.lifetime`"), "{message}");
}

#[test]
fn https_makes_cookies_secure_unless_told_otherwise() {
    let https = ("ROLLCALL_PUBLIC_URL", "https://panel.example.test");
    assert!(with(&[https]).unwrap().secure_cookies());
    assert!(!with(&[https, ("ROLLCALL_COOKIES__SECURE", "false")]).unwrap().secure_cookies());
    assert!(!with(&[("ROLLCALL_PUBLIC_URL", "http://localhost:8080")]).unwrap().secure_cookies());
}

#[test]
fn a_misspelt_log_level_does_not_silence_the_log() {
    assert!(complaint(with(&[("ROLLCALL_LOG__LEVEL", "inof")])).contains("`inof` is no level"));
    assert_eq!(with(&[("ROLLCALL_LOG__LEVEL", "rollcall=debug,warn")]).unwrap().log.level, "rollcall=debug,warn");
}

#[test]
fn webhooks_need_a_secret_that_nobody_guesses() {
    let url = ("ROLLCALL_WEBHOOK__URL", "https://gateway.example.com/send?token=s3cret");
    assert!(complaint(with(&[url])).contains("`webhook.url` needs a `webhook.secret`"));
    let own = ("ROLLCALL_WEBHOOK__SMS_URL", "https://gateway.example.com/sms");
    assert!(complaint(with(&[own])).contains("`webhook.secret` is missing"));
    for weak in ["short", "change-me-change-me-change-me-change-me!", "0123456789abcdef0123456789abcdef"] {
        let message = complaint(with(&[url, ("ROLLCALL_WEBHOOK__SECRET", weak)]));
        assert!(message.contains("variable ROLLCALL_WEBHOOK__SECRET") && message.contains("openssl"), "{message}");
        assert!(!message.contains(weak) && !message.contains("leave it out"), "{message}");
    }
    let config = with(&[url, own, ("ROLLCALL_WEBHOOK__SECRET", KEY)]).unwrap();
    let to = |channel| config.webhook.url(channel).map(Url::path);
    use crate::deliver::Channel;
    assert_eq!((to(Channel::Sms), to(Channel::Push), to(Channel::Email)), (Some("/sms"), Some("/send"), None));
    assert!(!format!("{config:?}").contains(KEY));
    let message = complaint(with(&[("ROLLCALL_WEBHOOK__URL", "ftp://gateway.example.com/?token=s3cret")]));
    assert!(message.contains("must be an http:// or https:// URL") && !message.contains("s3cret"), "{message}");
}

#[test]
fn a_mail_server_is_a_name_and_a_sign_in_is_whole() {
    let host = ("ROLLCALL_MAIL__HOST", "mail.example.com");
    let port = |tls| with(&[host, ("ROLLCALL_MAIL__TLS", tls)]).unwrap().mail.port;
    assert_eq!((port("starttls"), port("tls"), port("none")), (587, 465, 25));
    assert!(complaint(with(&[("ROLLCALL_MAIL__HOST", "smtp://mail.example.com")])).contains("name or address"));
    assert!(complaint(with(&[host, ("ROLLCALL_MAIL__PORT", "70000")])).contains("from 1 to 65535"));
    assert!(complaint(with(&[host, ("ROLLCALL_MAIL__USER", "ada")])).contains("`mail.password` is not"));
    let message = complaint(with(&[host, ("ROLLCALL_MAIL__PASSWORD", "s3cret")]));
    assert!(message.contains("`mail.user` is not") && !message.contains("s3cret"), "{message}");
    let ca = ("ROLLCALL_MAIL__CA", "/etc/rollcall/ca.pem");
    assert_eq!(with(&[host, ca]).unwrap().mail.ca, Some(PathBuf::from("/etc/rollcall/ca.pem")));
    assert!(complaint(with(&[host, ca, ("ROLLCALL_MAIL__TLS", "none")])).contains("`mail.tls` is none"));
    assert!(complaint(with(&[("ROLLCALL_MAIL__FROM", "nobody")])).contains("must be an address"));
    let config = with(&[("ROLLCALL_MAIL__FROM", "Salon Ada <mail@example.com>")]).unwrap();
    assert_eq!(config.mail.from.unwrap().email.to_string(), "mail@example.com");
}

#[test]
fn a_lease_outlives_a_try() {
    let message = complaint(with(&[("ROLLCALL_DELIVER__LEASE", "30s")]));
    assert!(message.contains("`deliver.lease` is less than twice `deliver.timeout`"), "{message}");
    assert!(with(&[("ROLLCALL_DELIVER__LEASE", "30s"), ("ROLLCALL_DELIVER__TIMEOUT", "15s")]).is_ok());
}
