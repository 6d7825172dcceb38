-- Fails, on purpose by a cast (SQL has no RAISE), where the sequence is no longer what the plan took it for. The
-- ALTER SEQUENCE that follows knows it by name and says its CACHE again.
-- reads: the catalogue
-- versions: 10-19
-- privileges: none
SELECT CASE WHEN pg_catalog.count(*) = 1 THEN true
            ELSE pg_catalog.concat({name}, ' was renamed, dropped or altered since it was looked at')::boolean END
FROM pg_catalog.pg_sequence AS q
WHERE q.seqrelid = {sequence} AND q.seqrelid = pg_catalog.to_regclass({name}) AND q.seqcache = {cache}
