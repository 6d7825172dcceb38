//! Rows that the server refuses without saying which they are.

use reseq::LoadRequest;
use reseq::plan::{LoadOptions, OnConflict};

use super::{Files, into};
use crate::support::on_versions;

#[test]
fn a_row_that_the_server_does_not_name_is_found() {
    let tables = |deferred: &str| {
        format!(
            "CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p VALUES (1);
             CREATE TABLE t (id serial PRIMARY KEY, p int REFERENCES p {deferred}, code text UNIQUE);
             INSERT INTO t (p, code) VALUES (1, 'taken')"
        )
    };
    let missing = "line 4: insert or update on table \"t\" violates foreign key constraint".to_owned();
    let taken = "line 4: duplicate key value violates unique constraint \"t_code_key\"".to_owned();
    for database in on_versions(&[10, 14, 18, 19]) {
        for (deferred, on_conflict, bad, expected) in [
            ("", OnConflict::Error, "12,99,x", &missing),
            ("DEFERRABLE INITIALLY DEFERRED", OnConflict::Error, "12,99,x", &missing),
            ("", OnConflict::Update, "1,99,x", &missing),
            ("DEFERRABLE INITIALLY DEFERRED", OnConflict::Skip, "12,99,x", &missing),
            ("", OnConflict::Skip, "12,1,taken", &taken),
        ] {
            database.anew(&tables(deferred));
            let files = Files::new();
            let several = [
                files.write("good.csv", "id,p,code\n5,1,e\n"),
                files.write("rows.csv", format!("id,p,code\n10,1,a\n11,1,b\n{bad}\n13,1,d\n")),
            ];
            let options = LoadOptions { on_conflict, ..LoadOptions::default() };
            let error = files.load(&database, &LoadRequest { options, ..into("t", several) }).unwrap_err();
            let (told, hint) = (error.to_string(), error.hint().unwrap_or_default());
            assert!(
                told.contains(&format!("/rows.csv, {expected}")),
                "PostgreSQL {}: {told}",
                database.major()
            );
            assert!(hint.starts_with("nothing was loaded"), "{hint}");
            assert_eq!(database.value("SELECT count(*) FROM t"), "1");
        }
    }
}
