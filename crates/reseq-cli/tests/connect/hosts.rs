//! Several hosts, a primary and its standby, hosts that do not answer (manual, 32.1.1.3).

use crate::table::{Case, compare, compare_since};
use crate::world::World;

const PRIMARY: &str = "ann@shop TLSv1.3 by scram-sha-256";
const STANDBY: &str = "ann@shop on the standby TLSv1.3 by scram-sha-256";

#[rustfmt::skip] // One line a case.
const SEVERAL: &[Case] = &[
    ("the first is down", "connect 'host=127.0.0.1,127.0.0.1 port={down},{port} {ann}'", PRIMARY),
    ("the first is no folder", "connect 'host={home},127.0.0.1 port={port} {ann}'", PRIMARY),
    ("the first is not known", "connect 'host=no-such-host.invalid,127.0.0.1 port={port} {ann}'", PRIMARY),
    ("both are up: the first", "connect 'host=127.0.0.1,127.0.0.1 port={standby},{port} {ann}'", STANDBY),
    ("both are down", "connect 'host=127.0.0.1,{home} port={down} {ann}'", "refused: Is the server running locally and accepting connections on that socket?"),
    ("addresses", "connect 'host=a,b hostaddr=127.0.0.1,127.0.0.1 port={down},{port} {ann}'", PRIMARY),
    ("one port for all", "connect 'host={home},127.0.0.1 port={port} {ann}'", PRIMARY),
    ("too few ports", "connect 'host=a,b,c port=1,2 {ann}'", "refused: could not match 2 port numbers to 3 hosts"),
    ("too few addresses", "connect 'host=a,b,c hostaddr=127.0.0.1 {ann}'", "refused: could not match 3 host names to 1 hostaddr values"),
    ("in a URI", "connect 'postgresql://ann:s3cret@127.0.0.1:{down},127.0.0.1:{port}/shop'", PRIMARY),
    ("an error that is none of connecting ends the search", "connect 'host=127.0.0.1,127.0.0.1 port={port},{standby} user=ann password=wrong dbname=shop'", "refused: password authentication failed for user \"ann\""),
    ("one that does not answer", "connect 'host=127.0.0.1,127.0.0.1 port={silent},{port} {ann} connect_timeout=2'", PRIMARY),
    ("nobody answers", "connect 'host=127.0.0.1 port={silent} {ann} connect_timeout=2'", "refused: timeout expired"),
    ("a time-out that is none", "connect 'host=127.0.0.1 port={port} {ann} connect_timeout=soon'", "refused: invalid integer value \"soon\" for connection option \"connect_timeout\""),
    ("a time-out of zero is none", "connect 'host=127.0.0.1 port={port} {ann} connect_timeout=0'", PRIMARY),
];

/// `target_session_attrs`: what a server must be.
#[rustfmt::skip] // One line a case.
const ATTRIBUTES: &[Case] = &[
    ("any", "connect '{standby-first} target_session_attrs=any'", STANDBY),
    ("read-write", "connect '{standby-first} target_session_attrs=read-write'", PRIMARY),
    ("read-only", "connect '{primary-first} target_session_attrs=read-only'", STANDBY),
    ("primary", "connect '{standby-first} target_session_attrs=primary'", PRIMARY),
    ("standby", "connect '{primary-first} target_session_attrs=standby'", STANDBY),
    ("prefer-standby", "connect '{primary-first} target_session_attrs=prefer-standby'", STANDBY),
    ("prefer-standby, where there is none", "connect '{primary-alone} target_session_attrs=prefer-standby'", PRIMARY),
    ("any, the primary", "connect '{primary-first} target_session_attrs=any'", PRIMARY),
    ("read-write, of a standby alone", "connect '{standby-alone} target_session_attrs=read-write'", "refused: session is read-only"),
    ("read-only, of a primary alone", "connect '{primary-alone} target_session_attrs=read-only'", "refused: session is not read-only"),
    ("read-only, of a primary that is set so", "connect \"{primary-alone} target_session_attrs=read-only options='-c default_transaction_read_only=on'\"", PRIMARY),
    ("primary, of a standby alone", "connect '{standby-alone} target_session_attrs=primary'", "refused: server is in hot standby mode"),
    ("standby, of a primary alone", "connect '{primary-alone} target_session_attrs=standby'", "refused: server is not in hot standby mode"),
    ("in a URI", "connect 'postgresql://ann:s3cret@127.0.0.1:{standby},127.0.0.1:{port}/shop?target_session_attrs=primary'", PRIMARY),
    ("nonsense", "connect '{primary-alone} target_session_attrs=nonsense'", "refused: invalid target_session_attrs value: \"nonsense\""),
];

#[rustfmt::skip] // One line a case.
const SINCE_16: &[Case] = &[
    ("balanced, with one down", "connect 'host=127.0.0.1,127.0.0.1 port={down},{port} {ann} load_balance_hosts=random'", PRIMARY),
    ("balanced, with one that will do", "connect '{standby-first} load_balance_hosts=random target_session_attrs=primary'", PRIMARY),
    ("not balanced", "connect '{standby-first} load_balance_hosts=disable'", STANDBY),
    ("nonsense", "connect '{standby-first} load_balance_hosts=nonsense'", "refused: invalid load_balance_hosts value: \"nonsense\""),
];

#[test]
fn the_same_server_is_chosen() {
    let Some(world) = World::new() else { return };
    let world = world
        .with_standby()
        .with_silence()
        .with_name("ann", "user=ann password=s3cret dbname=shop")
        .with_name("primary-alone", "host=127.0.0.1 port={port} {ann}")
        .with_name("standby-alone", "host=127.0.0.1 port={standby} {ann}")
        .with_name("primary-first", "host=127.0.0.1,127.0.0.1 port={port},{standby} {ann}")
        .with_name("standby-first", "host=127.0.0.1,127.0.0.1 port={standby},{port} {ann}");
    compare(&world, SEVERAL);
    compare(&world, ATTRIBUTES);
    compare_since(16, &world, SINCE_16);
}
