-- Table $1 with what it is a partition or inheritance child of, and what is one of it, at any distance.
-- versions: 10-19
-- privileges: none
WITH RECURSIVE above AS (
    SELECT $1::pg_catalog.oid AS relation
    UNION
    SELECT i.inhparent FROM pg_catalog.pg_inherits i JOIN above ON i.inhrelid = above.relation
), below AS (
    SELECT $1::pg_catalog.oid AS relation
    UNION
    SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN below ON i.inhparent = below.relation
)
SELECT relation FROM above
UNION
SELECT relation FROM below
