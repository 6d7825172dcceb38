//! What is typed: connection strings, URIs, names, options; and which of them wins.

use crate::table::{Case, compare};
use crate::world::{World, has_ipv6};

/// As the manual has it in 32.1.1.1.
#[rustfmt::skip] // One line a case.
const CONNINFO: &[Case] = &[
    ("keywords and values", "connect -d '{tcp} user=ann password=s3cret dbname=shop'", ANN),
    ("as a positional word", "connect '{tcp} user=ann password=s3cret dbname=shop'", ANN),
    ("--dbname", "connect --dbname='{tcp} user=ann password=s3cret dbname=shop'", ANN),
    ("spaces around =", "connect 'host = 127.0.0.1 port= {port} user =ann password=s3cret dbname = shop'", ANN),
    ("quoted values", r#"connect "{tcp} user='o\'neil x' password='a b' dbname='Sh/op é'""#, ONEIL),
    ("escapes without quotes", r#"connect "{tcp} user=o\'neil\ x password=a\ b dbname=Sh/op\ é""#, ONEIL),
    ("an escaped backslash", r#"connect "{tcp} user=back\\\\slash password='a\\\\b:c' dbname=shop""#, BACKSLASH),
    ("letters beyond ASCII, of which SASLprep makes others", "connect \"{tcp} user=Ünï password='fi é' dbname=shop\"", "Ünï@shop TLSv1.3 by scram-sha-256"),
    ("an equals sign in a quoted value", "connect \"{tcp} user=ann password=s3cret dbname='a=b'\"", "ann@a=b TLSv1.3 by scram-sha-256"),
    ("the last of a keyword wins", "connect '{tcp} user=nobody user=ann password=s3cret dbname=shop'", ANN),
    ("an empty value is none", "connect \"{tcp} user=ann password=s3cret dbname=''\"", "ann@ann TLSv1.3 by scram-sha-256"),
    ("options for the server", "connect \"{tcp} user=ann password=s3cret dbname=shop options='-c geqo=off -c role=nobase'\"", "ann@shop as nobase by scram-sha-256 geqo off"),
    ("an unknown keyword", "connect hots=a", "refused: invalid connection option \"hots\""),
    ("a quote that does not end", "connect \"user='ann\"", "refused: unterminated quoted string in connection info string"),
    ("a port that is none", "connect 'host=127.0.0.1 port=x user=ann'", "refused: invalid integer value \"x\" for connection option \"port\""),
    ("a port beyond all ports", "connect 'host=127.0.0.1 port=65536 user=ann'", "refused: invalid port number: \"65536\""),
];

/// As the manual has it in 32.1.1.2.
#[rustfmt::skip] // One line a case.
const URIS: &[Case] = &[
    ("a URI", "connect postgresql://ann:s3cret@127.0.0.1:{port}/shop", ANN),
    ("the short scheme", "connect postgres://ann:s3cret@127.0.0.1:{port}/shop", ANN),
    ("-d", "connect -d postgresql://ann:s3cret@127.0.0.1:{port}/shop", ANN),
    ("percent-encoding", "connect postgresql://o%27neil%20x:a%20b@127.0.0.1:{port}/Sh%2Fop%20%C3%A9", ONEIL),
    ("a colon and a backslash in the password", "connect postgresql://back%5Cslash:a%5Cb%3Ac@127.0.0.1:{port}/shop", BACKSLASH),
    ("percent-encoding in the host", "connect postgresql://ann:s3cret@127.0.0%2E1:{port}/shop", ANN),
    ("without a database", "connect postgresql://ann:s3cret@127.0.0.1:{port}", "ann@ann TLSv1.3 by scram-sha-256"),
    ("without user and password", "PGUSER=ann PGPASSWORD=s3cret connect postgresql://127.0.0.1:{port}/shop", ANN),
    ("without anything", "PGHOST=127.0.0.1 PGPORT={port} PGUSER=ann PGPASSWORD=s3cret PGDATABASE=shop connect postgresql://", ANN),
    ("parameters", "connect 'postgresql://127.0.0.1:{port}/shop?user=ann&password=s3cret&application_name=a%26b'", "ann@shop TLSv1.3 by scram-sha-256 called a&b"),
    ("parameters only", "connect 'postgresql:///shop?host=127.0.0.1&port={port}&user=ann&password=s3cret'", ANN),
    ("sslmode as a parameter", "connect 'postgresql://ann:s3cret@127.0.0.1:{port}/shop?sslmode=disable'", "ann@shop by scram-sha-256"),
    ("ssl=true, as JDBC has it", "connect 'postgresql://coded:s3cret@127.0.0.1:{port}/shop?ssl=true'", "coded@shop TLSv1.3 by scram-sha-256"),
    ("a parameter's name encoded", "connect 'postgresql://127.0.0.1:{port}/shop?us%65r=ann&p%61ssword=s3cret'", ANN),
    ("options as a parameter", "connect 'postgresql://ann:s3cret@127.0.0.1:{port}/shop?options=-c%20geqo%3Doff'", "ann@shop TLSv1.3 by scram-sha-256 geqo off"),
    ("a Unix socket", "connect postgresql://postgres@{percent_socket}:{port}/shop", "postgres@shop by socket"),
    ("a Unix socket as a parameter", "connect 'postgresql://postgres@/shop?host={socket}&port={port}'", "postgres@shop by socket"),
    ("several hosts", "connect postgresql://ann:s3cret@127.0.0.1:{down},127.0.0.1:{port}/shop", ANN),
    ("an empty password", "connect postgresql://ann:@127.0.0.1:{port}/shop", "refused: no password supplied"),
    ("a bracket that does not end", "connect 'postgresql://[::1'", "refused: looking for matching \"]\""),
    ("half a percent-encoding", "connect postgresql://ann@127.0.0.1/sh%2", "refused: invalid percent-encoded token: "),
    ("an encoded zero byte", "connect postgresql://ann@127.0.0.1/sh%00p", "refused: forbidden value %00 in percent-encoded value"),
    ("an unknown parameter", "connect 'postgresql://127.0.0.1/shop?hots=a'", "refused: invalid URI query parameter: \"hots\""),
    ("a parameter twice its sign", "connect 'postgresql://127.0.0.1/shop?user=a=b'", "refused: extra key/value separator \"=\" in URI query parameter: "),
];

#[rustfmt::skip] // One line a case.
const IPV6: &[Case] = &[
    ("a URI", "connect 'postgresql://ann:s3cret@[::1]:{port}/shop'", "ann@shop by IPv6 TLSv1.3 by scram-sha-256"),
    ("conninfo", "connect 'host=::1 port={port} user=ann password=s3cret dbname=shop'", "ann@shop by IPv6 TLSv1.3 by scram-sha-256"),
    ("beside IPv4", "connect 'postgresql://ann:s3cret@127.0.0.1:{down},[::1]:{port}/shop'", "ann@shop by IPv6 TLSv1.3 by scram-sha-256"),
];

/// Options and a bare name.
#[rustfmt::skip] // One line a case.
const OPTIONS: &[Case] = &[
    ("short options", "PGPASSWORD=s3cret connect -h 127.0.0.1 -p {port} -U ann -d shop", ANN),
    ("long options", "PGPASSWORD=s3cret connect --host=127.0.0.1 --port={port} --username=ann --dbname=shop", ANN),
    ("a bare name", "PGPASSWORD=s3cret connect -h 127.0.0.1 -p {port} -U ann shop", ANN),
    ("a bare name that needs quotes", "PGPASSWORD=s3cret connect -h 127.0.0.1 -p {port} -U ann 'Sh/op é'", "ann@Sh/op é TLSv1.3 by scram-sha-256"),
    ("a bare name with a quote in it", "PGPASSWORD=s3cret connect -h 127.0.0.1 -p {port} -U ann \"o'neil's\"", "ann@o'neil's TLSv1.3 by scram-sha-256"),
    ("no name", "PGPASSWORD=s3cret connect -h 127.0.0.1 -p {port} -U ann", "ann@ann TLSv1.3 by scram-sha-256"),
    ("a folder as the host", "connect -h {socket} -p {port} -U postgres shop", "postgres@shop by socket"),
    ("the last of an option wins", "PGPASSWORD=s3cret connect -h /none -p 1 -U nobody -d nix -h 127.0.0.1 -p {port} -U ann -d shop", ANN),
    ("several hosts and ports", "PGPASSWORD=s3cret connect -h 127.0.0.1,127.0.0.1 -p {down},{port} -U ann shop", ANN),
    ("a database that is not there", "connect -h {socket} -p {port} -U postgres nix", "refused: database \"nix\" does not exist"),
    ("nobody's database", "PGPASSWORD=s3cret connect -h 127.0.0.1 -p {port} -U plain", "refused: database \"plain\" does not exist"),
    ("nothing listens", "connect -h 127.0.0.1 -p {down}", "refused: Connection refused"),
    ("no such folder", "connect -h {home}/none -p {port}", "refused: No such file or directory"),
    ("no such host", "connect -h no-such-host.invalid", "refused: could not translate host name \"no-such-host.invalid\""),
    ("an address beside a name", "PGPASSWORD=s3cret connect -p {port} -U ann 'host=no-such-host.invalid hostaddr=127.0.0.1 dbname=shop'", ANN),
    ("an address that is none", "connect 'hostaddr=localhost'", "refused: could not parse network address \"localhost\""),
];

/// A connection string wins over options, these over the service, that over the environment.
#[rustfmt::skip] // One line a case.
const PRECEDENCE: &[Case] = &[
    ("string over options", "connect -h /nowhere -p 1 -U nobody '{tcp} user=ann password=s3cret dbname=shop'", ANN),
    ("URI over options", "connect -h /nowhere -p 1 -U nobody postgresql://ann:s3cret@127.0.0.1:{port}/shop", ANN),
    ("options fill what the string leaves out", "connect -p {port} -U ann 'host=127.0.0.1 password=s3cret dbname=shop'", ANN),
    ("string over service", "connect 'service=shop user=plain'", "plain@shop TLSv1.3 by password"),
    ("option over service", "connect -U plain service=shop", "plain@shop TLSv1.3 by password"),
    ("option over the environment's service", "PGSERVICE=shop connect -U plain", "plain@shop TLSv1.3 by password"),
    ("name over the environment's service", "PGSERVICE=shop connect ann", "ann@ann TLSv1.3 by scram-sha-256"),
    ("service over environment", "PGUSER=plain PGDATABASE=ann PGPORT=1 connect service=shop", ANN),
    ("string over environment", "PGUSER=plain PGPORT=1 PGHOST=/nowhere connect '{tcp} user=ann password=s3cret dbname=shop'", ANN),
    ("option over environment", "PGUSER=plain PGPORT=1 PGHOST=/nowhere PGPASSWORD=s3cret connect -h 127.0.0.1 -p {port} -U ann shop", ANN),
    ("environment over default", "PGUSER=ann PGPASSWORD=s3cret connect '{tcp}'", "ann@ann TLSv1.3 by scram-sha-256"),
    ("the string's service over the environment's", "PGSERVICE=nix connect service=shop", ANN),
    ("the string's password over the environment's", "PGPASSWORD=wrong connect '{tcp} user=ann password=s3cret dbname=shop'", ANN),
    ("the environment's password over the file's", "HOME={home}/wrong PGPASSWORD=s3cret connect '{tcp} user=ann dbname=shop'", ANN),
    ("the service's password over the file's", "PGPASSFILE={home}/wrong/.pgpass connect service=shop", ANN),
];

const ANN: &str = "ann@shop TLSv1.3 by scram-sha-256";
const ONEIL: &str = "o'neil x@Sh/op é TLSv1.3 by scram-sha-256";
const BACKSLASH: &str = "back\\slash@shop TLSv1.3 by scram-sha-256";

#[test]
#[expect(clippy::print_stderr, reason = "cases that are left out are said so loudly")]
fn what_is_typed_means_the_same() {
    let Some(world) = World::new() else { return };
    let service = "[shop]\nhost=127.0.0.1\nport={port}\nuser=ann\npassword=s3cret\ndbname=shop\n";
    let world = world.with_file(".pg_service.conf", 0o600, service).with_file(
        "wrong/.pgpass",
        0o600,
        "*:*:*:*:wrong\n",
    );
    for cases in [CONNINFO, URIS, OPTIONS, PRECEDENCE] {
        compare(&world, cases);
    }
    if has_ipv6() {
        compare(&world, IPV6);
    } else {
        eprintln!("SKIPPED: {} cases: this machine has no IPv6", IPV6.len());
    }
}
