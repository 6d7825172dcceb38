//! Who somebody is, and what the server and the client ask for to believe it.

use crate::table::{Case, compare, compare_since};
use crate::world::World;

#[rustfmt::skip] // One line a case.
const CASES: &[Case] = &[
    ("SCRAM", "connect '{local} user=ann password=s3cret'", "ann@shop TLSv1.3 by scram-sha-256"),
    ("SCRAM without TLS", "connect '{local} user=ann password=s3cret sslmode=disable'", "ann@shop by scram-sha-256"),
    ("SCRAM, a wrong password", "connect '{local} user=ann password=wrong'", "refused: password authentication failed for user \"ann\""),
    ("SCRAM, no password", "connect '{local} user=ann'", "refused: fe_sendauth: no password supplied"),
    ("SCRAM, nobody of that name", "connect '{local} user=over password=s3cret'", "refused: password authentication failed for user \"over\""),
    ("channel binding required", "connect '{local} user=ann password=s3cret channel_binding=require'", "ann@shop TLSv1.3 by scram-sha-256"),
    ("channel binding disabled", "connect '{local} user=ann password=s3cret channel_binding=disable'", "ann@shop TLSv1.3 by scram-sha-256"),
    ("channel binding required, no TLS", "connect '{local} user=ann password=s3cret channel_binding=require sslmode=disable'", "refused: channel binding required, but SSL not in use"),
    ("channel binding required, MD5", "connect '{local} user=moldy password=s3cret channel_binding=require'", "refused: channel binding required but not supported by server's authentication request"),
    ("channel binding required, trusted", "connect '{local} user=postgres channel_binding=require'", "refused: channel binding required, but server authenticated client without channel binding"),
    ("channel binding: nonsense", "connect '{local} user=ann channel_binding=nonsense'", "refused: invalid channel_binding value: \"nonsense\""),
    ("MD5", "connect '{local} user=moldy password=s3cret'", "moldy@shop TLSv1.3 by md5"),
    ("MD5, a wrong password", "connect '{local} user=moldy password=wrong'", "refused: password authentication failed for user \"moldy\""),
    ("a password as it is", "connect '{local} user=plain password=s3cret'", "plain@shop TLSv1.3 by password"),
    ("trust", "connect '{local} user=postgres'", "postgres@shop TLSv1.3"),
    ("peer", "connect 'host={socket} port={port} user={me} dbname=shop'", "{me}@shop by socket by peer"),
    ("peer, another", "connect 'host={socket} port={port} user=ann dbname=shop'", "refused: Peer authentication failed for user \"ann\""),
    ("the server's own user", "connect 'host={socket} port={port} user=postgres dbname=shop requirepeer={servers-user}'", "postgres@shop by socket"),
    ("not the server's user", "connect 'host={socket} port={port} user=postgres dbname=shop requirepeer=nobody-of-that-name'", "refused: requirepeer specifies \"nobody-of-that-name\""),
    ("reject", "connect '{local} user=rejected password=s3cret'", "refused: pg_hba.conf rejects connection for host \"127.0.0.1\", user \"rejected\", database \"shop\", no encryption"),
    ("no line for it", "connect '{local} user=nobase'", "refused: no pg_hba.conf entry for host \"127.0.0.1\", user \"nobase\", database \"shop\", no encryption"),
    ("hostssl", "connect '{local} user=coded password=s3cret'", "coded@shop TLSv1.3 by scram-sha-256"),
    ("hostssl, no TLS", "connect '{local} user=coded password=s3cret sslmode=disable'", "refused: no pg_hba.conf entry for host \"127.0.0.1\", user \"coded\", database \"shop\", no encryption"),
    ("hostssl, TLS if it must be", "connect '{local} user=coded password=s3cret sslmode=allow'", "coded@shop TLSv1.3 by scram-sha-256"),
    ("hostnossl", "connect '{local} user=bare password=s3cret sslmode=disable'", "bare@shop by scram-sha-256"),
    ("hostnossl, TLS where it can be", "connect '{local} user=bare password=s3cret sslmode=prefer'", "bare@shop by scram-sha-256"),
    ("hostnossl, TLS", "connect '{local} user=bare password=s3cret sslmode=require'", "refused: no pg_hba.conf entry for host \"127.0.0.1\", user \"bare\", database \"shop\", SSL encryption"),
    ("a certificate", "connect '{local} user=carol sslcert={tls}/carol.crt sslkey={tls}/carol.key'", "carol@shop TLSv1.3 with certificate /CN=carol by cert"),
    ("a certificate, none given", "connect '{local} user=carol sslmode=require'", "refused: connection requires a valid client certificate"),
    ("a certificate and a password", "connect '{local} user=dora password=s3cret sslcert={tls}/dora.crt sslkey={tls}/dora.key'", "dora@shop TLSv1.3 with certificate /CN=dora by scram-sha-256"),
    ("a certificate of another, and a password", "connect '{local} user=dora password=s3cret sslmode=require sslcert={tls}/carol.crt sslkey={tls}/carol.key'", "refused: password authentication failed for user \"dora\""),
    ("not allowed to log in", "connect '{local} user=nologin'", "refused: role \"nologin\" is not permitted to log in"),
    ("Kerberos' encryption disabled", "connect '{local} user=ann password=s3cret gssencmode=disable'", "ann@shop TLSv1.3 by scram-sha-256"),
    ("Kerberos' names", "connect '{local} user=ann password=s3cret krbsrvname=pg gsslib=gssapi'", "ann@shop TLSv1.3 by scram-sha-256"),
];

#[rustfmt::skip] // One line a case.
const SINCE_16: &[Case] = &[
    ("SCRAM required", "connect '{local} user=ann password=s3cret require_auth=scram-sha-256'", "ann@shop TLSv1.3 by scram-sha-256"),
    ("one of several", "connect '{local} user=ann password=s3cret require_auth=md5,scram-sha-256'", "ann@shop TLSv1.3 by scram-sha-256"),
    ("SCRAM required, MD5", "connect '{local} user=moldy password=s3cret require_auth=scram-sha-256'", "refused: authentication method requirement \"scram-sha-256\" failed: server requested a hashed password"),
    ("SCRAM required, a password as it is", "connect '{local} user=plain password=s3cret require_auth=scram-sha-256'", "refused: authentication method requirement \"scram-sha-256\" failed: server requested a cleartext password"),
    ("SCRAM required, trusted", "connect '{local} user=postgres require_auth=scram-sha-256'", "refused: authentication method requirement \"scram-sha-256\" failed: server did not complete authentication"),
    ("none required", "connect '{local} user=postgres require_auth=none'", "postgres@shop TLSv1.3"),
    ("none required, SCRAM", "connect '{local} user=ann password=s3cret require_auth=none'", "refused: authentication method requirement \"none\" failed: server requested SASL authentication"),
    ("no password as it is", "connect '{local} user=plain password=s3cret require_auth=!password'", "refused: authentication method requirement \"!password\" failed: server requested a cleartext password"),
    ("nonsense", "connect '{local} user=ann require_auth=nonsense'", "refused: invalid require_auth value: \"nonsense\""),
];

#[test]
fn the_same_is_believed() {
    let Some(world) = World::new() else { return };
    let world = world.with_name("local", "{tcp} dbname=shop");
    compare(&world, CASES);
    compare_since(16, &world, SINCE_16);
}
