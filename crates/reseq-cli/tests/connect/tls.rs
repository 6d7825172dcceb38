//! Encryption and certificates (manual, 32.19). The server's certificate is for `localhost`, signed by `{tls}/ca.crt`.

use crate::table::{Case, compare, compare_since};
use crate::world::World;

const ANN: &str = "ann@shop TLSv1.3 by scram-sha-256";
const CAROL: &str = "carol@shop TLSv1.3 with certificate /CN=carol by cert";

#[rustfmt::skip] // One line a case.
const CASES: &[Case] = &[
    ("disable", "connect '{here} sslmode=disable'", "ann@shop by scram-sha-256"),
    ("allow: without, where it can be", "connect '{here} sslmode=allow'", "ann@shop by scram-sha-256"),
    ("prefer: with, where it can be", "connect '{here} sslmode=prefer'", ANN),
    ("prefer: a socket has none", "connect 'host={socket} port={port} user=postgres dbname=shop sslmode=prefer'", "postgres@shop by socket"),
    ("require", "connect '{here} sslmode=require'", ANN),
    ("require: a socket has none, and needs none", "connect 'host={socket} port={port} user=postgres dbname=shop sslmode=require'", "postgres@shop by socket"),
    ("require: looks at the authority where its certificate is there", "HOME={home}/other connect '{here} sslmode=require'", "refused: certificate verify failed"),
    ("verify-ca", "connect '{here} sslmode=verify-ca sslrootcert={tls}/ca.crt'", ANN),
    ("verify-ca, by the file in the home", "HOME={home}/rooted connect '{here} sslmode=verify-ca'", ANN),
    ("verify-ca, another authority", "connect '{here} sslmode=verify-ca sslrootcert={tls}/other/ca.crt'", "refused: certificate verify failed"),
    ("verify-ca, no authority", "connect '{here} sslmode=verify-ca'", "refused: root certificate file \"{home}/.postgresql/root.crt\" does not exist"),
    ("verify-ca does not look at the host", "connect 'host=db.example hostaddr=127.0.0.1 {rest} sslmode=verify-ca sslrootcert={tls}/ca.crt'", ANN),
    ("verify-full", "connect '{here} sslmode=verify-full sslrootcert={tls}/ca.crt'", ANN),
    ("verify-full, an address", "connect '{tcp} user=ann password=s3cret dbname=shop sslmode=verify-full sslrootcert={tls}/ca.crt'", "refused: server certificate for \"localhost\" does not match host name \"127.0.0.1\""),
    ("verify-full, another host", "connect 'host=db.example hostaddr=127.0.0.1 {rest} sslmode=verify-full sslrootcert={tls}/ca.crt'", "refused: server certificate for \"localhost\" does not match host name \"db.example\""),
    ("verify-full, another authority", "connect '{here} sslmode=verify-full sslrootcert={tls}/other/ca.crt'", "refused: certificate verify failed"),
    ("in a URI", "connect 'postgresql://ann:s3cret@localhost:{port}/shop?hostaddr=127.0.0.1&sslmode=verify-full&sslrootcert={tls}%2Fca.crt'", ANN),
    ("an expired certificate", "connect 'host=localhost hostaddr=127.0.0.1 port={expired} user=postgres sslmode=verify-ca sslrootcert={tls}/ca.crt'", "refused: certificate verify failed"),
    ("an expired certificate that nobody looks at", "connect 'host=localhost hostaddr=127.0.0.1 port={expired} user=nobody dbname=postgres sslmode=require'", "refused: role \"nobody\" does not exist"),
    ("a revoked certificate", "connect '{here} sslmode=verify-ca sslrootcert={tls}/ca.crt sslcrl={tls}/revoked.crl'", "refused: certificate verify failed"),
    ("a revoked certificate, by a folder", "connect '{here} sslmode=verify-ca sslrootcert={tls}/ca.crt sslcrldir={tls}/revoked'", "refused: certificate verify failed"),
    ("a list without it", "connect '{here} sslmode=verify-ca sslrootcert={tls}/ca.crt sslcrl={tls}/nothing-revoked.crl'", ANN),
    ("a list without it, by a folder", "connect '{here} sslmode=verify-ca sslrootcert={tls}/ca.crt sslcrldir={tls}/nothing-revoked'", ANN),
    ("a list in the home", "HOME={home}/revoked connect '{here} sslmode=verify-ca'", "refused: certificate verify failed"),
    ("a client's certificate", "connect '{carol} sslcert={tls}/carol.crt sslkey={tls}/carol.key'", CAROL),
    ("a client's certificate in the home", "HOME={home}/carol connect '{carol}'", CAROL),
    ("one that was not asked for", "HOME={home}/carol connect '{here}'", "ann@shop TLSv1.3 with certificate /CN=carol by scram-sha-256"),
    ("a key under a password", "connect \"{carol} sslcert={tls}/carol.crt sslkey={tls}/carol-encrypted.key sslpassword='key word'\"", CAROL),
    ("a key under another password", "connect '{carol} sslcert={tls}/carol.crt sslkey={tls}/carol-encrypted.key sslpassword=guessed'", "refused: could not load private key file \"{tls}/carol-encrypted.key\""),
    ("a key of another certificate", "connect '{carol} sslcert={tls}/carol.crt sslkey={tls}/dora.key'", "refused: could not load private key file \"{tls}/dora.key\": key values mismatch"),
    ("a key that others may read", "connect '{carol} sslcert={tls}/carol.crt sslkey={home}/open.key'", "refused: private key file \"{home}/open.key\" has group or world access"),
    ("a certificate without its key", "connect '{carol} sslcert={tls}/carol.crt sslkey={home}/none'", "refused: certificate present, but not private key file \"{home}/none\""),
    ("a certificate that is not there", "connect '{carol} sslcert={home}/none'", "refused: connection requires a valid client certificate"),
    ("a certificate of another authority", "connect '{carol} sslcert={tls}/other/carol.crt sslkey={tls}/other/carol.key'", "refused: tlsv1 alert unknown ca"),
    ("somebody else's certificate", "connect '{carol} sslcert={tls}/dora.crt sslkey={tls}/dora.key'", "refused: certificate authentication failed for user \"carol\""),
    ("not later than TLS 1.2", "connect '{here} ssl_max_protocol_version=TLSv1.2'", "ann@shop TLSv1.2 by scram-sha-256"),
    ("not before TLS 1.3", "connect '{here} ssl_min_protocol_version=TLSv1.3'", ANN),
    ("versions the wrong way round", "connect '{here} ssl_min_protocol_version=TLSv1.3 ssl_max_protocol_version=TLSv1.2'", "refused: invalid SSL protocol version range"),
    ("without the host's name", "connect '{here} sslsni=0'", ANN),
    ("a mode that is none", "connect '{here} sslmode=nonsense'", "refused: invalid sslmode value: \"nonsense\""),
];

#[rustfmt::skip] // One line a case.
const SINCE_16: &[Case] = &[
    ("the system's authorities", "SSL_CERT_FILE={tls}/ca.crt connect '{here} sslrootcert=system'", ANN),
    ("the system's authorities, another", "SSL_CERT_FILE={tls}/other/ca.crt connect '{here} sslrootcert=system'", "refused: certificate verify failed"),
    ("the system's authorities look at the host", "SSL_CERT_FILE={tls}/ca.crt connect 'host=db.example hostaddr=127.0.0.1 {rest} sslrootcert=system'", "refused: server certificate for \"localhost\" does not match host name \"db.example\""),
    ("the system's authorities, too weak a mode", "connect '{here} sslrootcert=system sslmode=require'", "refused: weak sslmode \"require\" may not be used with sslrootcert=system"),
    ("no certificate, though it is there", "connect '{carol} sslcertmode=disable sslcert={tls}/carol.crt sslkey={tls}/carol.key'", "refused: connection requires a valid client certificate"),
    ("a certificate must be asked for", "connect '{carol} sslcertmode=require sslcert={tls}/carol.crt sslkey={tls}/carol.key'", CAROL),
];

#[rustfmt::skip] // One line a case.
const SINCE_17: &[Case] = &[
    ("direct", "connect '{here} sslmode=require sslnegotiation=direct'", ANN),
    ("direct, verified", "connect '{here} sslmode=verify-full sslrootcert={tls}/ca.crt sslnegotiation=direct'", ANN),
    ("direct, too weak a mode", "connect '{here} sslnegotiation=direct'", "refused: weak sslmode \"prefer\" may not be used with sslnegotiation=direct"),
    ("as before direct", "connect '{here} sslmode=require sslnegotiation=postgres'", ANN),
    ("nonsense", "connect '{here} sslnegotiation=nonsense'", "refused: invalid sslnegotiation value: \"nonsense\""),
];

#[test]
fn the_same_is_encrypted_and_verified() {
    let Some(world) = World::new() else { return };
    let world = world
        .with_expired()
        .with_name("rest", "port={port} user=ann password=s3cret dbname=shop")
        .with_name("here", "host=localhost hostaddr=127.0.0.1 {rest}")
        .with_name(
            "carol",
            "host=localhost hostaddr=127.0.0.1 port={port} user=carol dbname=shop sslmode=require",
        );
    let pem = |file: &str| std::fs::read_to_string(world.folder().join("tls").join(file)).unwrap();
    let (ca, other, revoked) = (pem("ca.crt"), pem("other/ca.crt"), pem("revoked.crl"));
    let (certificate, key) = (pem("carol.crt"), pem("carol.key"));
    let world = world
        .with_file("rooted/.postgresql/root.crt", 0o644, &ca)
        .with_file("other/.postgresql/root.crt", 0o644, &other)
        .with_file("revoked/.postgresql/root.crt", 0o644, &ca)
        .with_file("revoked/.postgresql/root.crl", 0o644, &revoked)
        .with_file("carol/.postgresql/postgresql.crt", 0o644, &certificate)
        .with_file("carol/.postgresql/postgresql.key", 0o600, &key)
        .with_file("open.key", 0o644, &key);
    compare(&world, CASES);
    compare_since(16, &world, SINCE_16);
    compare_since(17, &world, SINCE_17);
}
