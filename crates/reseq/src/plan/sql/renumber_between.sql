-- For the ids that are in the way of a new one until they have changed themselves: where they wait, beyond all ids that
-- are or will be, upwards where there is room, else downwards.
-- reads: the map; writes: a temporary table
-- versions: 10-19
-- privileges: TEMPORARY on the database
CREATE TEMPORARY TABLE pg_temp.reseq_between ON COMMIT DROP AS
SELECT b.reseq_old,
       (CASE WHEN e.most + e.count <= {most} THEN e.most + b.place ELSE e.least - b.place END)::bigint AS reseq_between,
       b.reseq_new
FROM (SELECT m.reseq_old, m.reseq_new, pg_catalog.row_number() OVER () AS place
      FROM pg_temp.reseq_map AS m
      WHERE m.reseq_old <> m.reseq_new AND m.reseq_old IN (SELECT n.reseq_new FROM pg_temp.reseq_map AS n)) AS b,
     (SELECT pg_catalog.ceil(GREATEST(pg_catalog.max(m.reseq_old), pg_catalog.max(m.reseq_new))::numeric) AS most,
             pg_catalog.floor(LEAST(pg_catalog.min(m.reseq_old), pg_catalog.min(m.reseq_new))::numeric) AS least,
             pg_catalog.count(*) AS count
      FROM pg_temp.reseq_map AS m) AS e
