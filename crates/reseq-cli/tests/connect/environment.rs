//! The `PG*` variables (manual, 32.15).

use crate::table::{Case, compare, compare_since};
use crate::world::World;

#[rustfmt::skip] // One line a case.
const VARIABLES: &[Case] = &[
    ("PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE", "PGHOST=127.0.0.1 PGPORT={port} PGUSER=ann PGPASSWORD=s3cret PGDATABASE=shop connect", ANN),
    ("PGHOST: a folder", "PGHOST={socket} PGPORT={port} PGUSER=postgres connect shop", "postgres@shop by socket"),
    ("PGHOST and PGPORT: several", "PGHOST=127.0.0.1,127.0.0.1 PGPORT={down},{port} {ann} connect shop", ANN),
    ("PGHOSTADDR", "PGHOST=no-such-host.invalid PGHOSTADDR=127.0.0.1 PGPORT={port} {ann} connect shop", ANN),
    ("PGPORT: none", "PGHOST=127.0.0.1 PGPORT=x connect", "refused: invalid integer value \"x\" for connection option \"port\""),
    ("PGDATABASE: a name, not a string", "PGDATABASE=a=b {here} {ann} connect", "ann@a=b TLSv1.3 by scram-sha-256"),
    ("PGDATABASE below a name", "PGDATABASE=nix {here} {ann} connect shop", ANN),
    ("PGPASSFILE", "PGPASSFILE={home}/passwords {here} PGUSER=ann connect shop", ANN),
    ("PGPASSFILE: not there", "PGPASSFILE={home}/none {here} PGUSER=ann connect shop", "refused: no password supplied"),
    ("PGSERVICE, PGSERVICEFILE", "PGSERVICE=shop PGSERVICEFILE={home}/services connect", ANN),
    ("PGSERVICE: not there", "PGSERVICE=nix PGSERVICEFILE={home}/services connect", "refused: definition of service \"nix\" not found"),
    ("PGSERVICEFILE: not there", "PGSERVICE=shop PGSERVICEFILE={home}/none connect", "refused: service file \"{home}/none\" not found"),
    ("PGSYSCONFDIR", "PGSERVICE=shop PGSYSCONFDIR={home}/system connect", ANN),
    ("PGOPTIONS", "PGOPTIONS='-c geqo=off' {here} {ann} connect shop", "ann@shop TLSv1.3 by scram-sha-256 geqo off"),
    ("PGOPTIONS: a setting that is none", "PGOPTIONS='-c hots=1' {here} {ann} connect shop", "refused: unrecognized configuration parameter \"hots\""),
    ("PGAPPNAME", "PGAPPNAME=nightly {here} {ann} connect shop", "ann@shop TLSv1.3 by scram-sha-256 called nightly"),
    ("PGDATESTYLE", "PGDATESTYLE='german' {here} {ann} connect shop", "ann@shop TLSv1.3 by scram-sha-256 German, DMY"),
    ("PGTZ", "PGTZ=Europe/Oslo {here} {ann} connect shop", "ann@shop TLSv1.3 by scram-sha-256 Europe/Oslo"),
    ("PGGEQO", "PGGEQO=off {here} {ann} connect shop", "ann@shop TLSv1.3 by scram-sha-256 geqo off"),
    ("PGCONNECT_TIMEOUT", "PGCONNECT_TIMEOUT=2 PGHOST=127.0.0.1 PGPORT={silent} connect", "refused: timeout expired"),
    ("PGCONNECT_TIMEOUT: none", "PGCONNECT_TIMEOUT=x {here} {ann} connect shop", "refused: invalid integer value \"x\" for connection option \"connect_timeout\""),
    ("PGTARGETSESSIONATTRS", "PGTARGETSESSIONATTRS=standby {here} {ann} connect shop", "refused: server is not in hot standby mode"),
    ("PGREQUIREPEER: another", "PGREQUIREPEER=nobody-of-that-name PGHOST={socket} PGPORT={port} PGUSER=postgres connect shop", "refused: requirepeer specifies \"nobody-of-that-name\""),
    ("PGCHANNELBINDING: required", "PGCHANNELBINDING=require {here} {ann} connect shop", ANN),
    ("PGCHANNELBINDING: without TLS", "PGCHANNELBINDING=require PGSSLMODE=disable {here} {ann} connect shop", "refused: channel binding required"),
    ("PGSSLMODE: disable", "PGSSLMODE=disable {here} {ann} connect shop", "ann@shop by scram-sha-256"),
    ("PGSSLMODE: nonsense", "PGSSLMODE=nonsense {here} {ann} connect shop", "refused: invalid sslmode value: \"nonsense\""),
    ("PGREQUIRESSL, the old name of PGSSLMODE=require", "PGREQUIRESSL=1 {here} PGUSER=coded PGPASSWORD=s3cret connect shop", "coded@shop TLSv1.3 by scram-sha-256"),
    ("PGSSLROOTCERT", "PGSSLMODE=verify-ca PGSSLROOTCERT={tls}/ca.crt {here} {ann} connect shop", ANN),
    ("PGSSLROOTCERT: another", "PGSSLMODE=verify-ca PGSSLROOTCERT={tls}/other/ca.crt {here} {ann} connect shop", "refused: certificate verify failed"),
    ("PGSSLCERT, PGSSLKEY", "PGSSLCERT={tls}/carol.crt PGSSLKEY={tls}/carol.key {here} PGUSER=carol connect shop", "carol@shop TLSv1.3 with certificate /CN=carol by cert"),
    ("PGSSLCRL", "PGSSLMODE=verify-ca PGSSLROOTCERT={tls}/ca.crt PGSSLCRL={tls}/revoked.crl {here} {ann} connect shop", "refused: certificate verify failed"),
    ("PGSSLCRLDIR", "PGSSLMODE=verify-ca PGSSLROOTCERT={tls}/ca.crt PGSSLCRLDIR={tls}/revoked {here} {ann} connect shop", "refused: certificate verify failed"),
    ("PGSSLSNI", "PGSSLSNI=0 {here} {ann} connect shop", ANN),
    ("PGSSLCOMPRESSION, which does nothing any more", "PGSSLCOMPRESSION=1 {here} {ann} connect shop", ANN),
    ("PGSSLMAXPROTOCOLVERSION", "PGSSLMAXPROTOCOLVERSION=TLSv1.2 {here} {ann} connect shop", "ann@shop TLSv1.2 by scram-sha-256"),
    ("PGSSLMINPROTOCOLVERSION", "PGSSLMINPROTOCOLVERSION=TLSv1.3 {here} {ann} connect shop", ANN),
    ("PGSSLMINPROTOCOLVERSION: nonsense", "PGSSLMINPROTOCOLVERSION=9 {here} {ann} connect shop", "refused: ssl_min_protocol_version"),
    ("PGGSSENCMODE: disable", "PGGSSENCMODE=disable {here} {ann} connect shop", ANN),
    ("PGKRBSRVNAME", "PGKRBSRVNAME=other {here} {ann} connect shop", ANN),
    ("PGGSSLIB", "PGGSSLIB=gssapi {here} {ann} connect shop", ANN),
];

#[rustfmt::skip] // One line a case.
const SINCE_16: &[Case] = &[
    ("PGREQUIREAUTH", "PGREQUIREAUTH=scram-sha-256 {here} {ann} connect shop", ANN),
    ("PGREQUIREAUTH: another", "PGREQUIREAUTH=md5 {here} {ann} connect shop", "refused: authentication method requirement \"md5\" failed"),
    ("PGSSLCERTMODE", "PGSSLCERTMODE=disable PGSSLCERT={tls}/carol.crt PGSSLKEY={tls}/carol.key {here} PGUSER=carol connect shop", "refused: connection requires a valid client certificate"),
    ("PGGSSDELEGATION", "PGGSSDELEGATION=1 {here} {ann} connect shop", ANN),
    ("PGLOADBALANCEHOSTS", "PGLOADBALANCEHOSTS=random PGHOST=127.0.0.1,127.0.0.1 PGPORT={down},{port} {ann} connect shop", ANN),
    ("PGLOADBALANCEHOSTS: nonsense", "PGLOADBALANCEHOSTS=nonsense {here} {ann} connect shop", "refused: invalid load_balance_hosts value: \"nonsense\""),
];

#[rustfmt::skip] // One line a case.
const SINCE_17: &[Case] = &[
    ("PGSSLNEGOTIATION", "PGSSLNEGOTIATION=direct PGSSLMODE=require {here} {ann} connect shop", ANN),
    ("PGSSLNEGOTIATION: too weak a mode", "PGSSLNEGOTIATION=direct PGSSLMODE=prefer {here} {ann} connect shop", "refused: weak sslmode \"prefer\" may not be used with sslnegotiation=direct"),
];

#[rustfmt::skip] // One line a case.
const SINCE_18: &[Case] = &[
    ("PGMINPROTOCOLVERSION", "PGMINPROTOCOLVERSION=3.2 PGMAXPROTOCOLVERSION=latest {here} {ann} connect shop", ANN),
    ("PGMAXPROTOCOLVERSION: nonsense", "PGMAXPROTOCOLVERSION=9 {here} {ann} connect shop", "refused: invalid max_protocol_version value: \"9\""),
];

/// All that the manual names, but for PGLOCALEDIR (where libpq's translations are; reseq speaks English) and
/// PGCLIENTENCODING (see [`crate::differences`]).
const NAMES: &str = "PGHOST PGSSLNEGOTIATION PGHOSTADDR PGPORT PGDATABASE PGUSER PGPASSWORD PGPASSFILE PGREQUIREAUTH \
    PGCHANNELBINDING PGSERVICE PGSERVICEFILE PGOPTIONS PGAPPNAME PGSSLMODE PGREQUIRESSL PGSSLCOMPRESSION PGSSLCERT \
    PGSSLKEY PGSSLCERTMODE PGSSLROOTCERT PGSSLCRL PGSSLCRLDIR PGSSLSNI PGREQUIREPEER PGSSLMINPROTOCOLVERSION \
    PGSSLMAXPROTOCOLVERSION PGGSSENCMODE PGKRBSRVNAME PGGSSLIB PGGSSDELEGATION PGCONNECT_TIMEOUT \
    PGTARGETSESSIONATTRS PGLOADBALANCEHOSTS PGMINPROTOCOLVERSION PGMAXPROTOCOLVERSION PGDATESTYLE PGTZ PGGEQO \
    PGSYSCONFDIR";

const ANN: &str = "ann@shop TLSv1.3 by scram-sha-256";

#[test]
fn every_variable_counts() {
    let Some(world) = World::new() else { return };
    let service = "[shop]\nhost=127.0.0.1\nport={port}\nuser=ann\npassword=s3cret\ndbname=shop\n";
    let world = world
        .with_silence()
        .with_name("here", "PGHOST=127.0.0.1 PGPORT={port}")
        .with_name("ann", "PGUSER=ann PGPASSWORD=s3cret")
        .with_file("services", 0o600, service)
        .with_file("system/pg_service.conf", 0o644, service)
        .with_file("passwords", 0o600, "*:*:*:ann:s3cret\n");
    compare(&world, VARIABLES);
    compare_since(16, &world, SINCE_16);
    compare_since(17, &world, SINCE_17);
    compare_since(18, &world, SINCE_18);
}

#[test]
fn no_variable_is_forgotten() {
    let typed: Vec<_> =
        [VARIABLES, SINCE_16, SINCE_17, SINCE_18].concat().iter().map(|case| case.1).collect();
    for name in NAMES.split(' ').filter(|name| !name.is_empty()) {
        assert!(typed.iter().any(|line| line.contains(&format!("{name}="))), "{name} has no case");
    }
}
