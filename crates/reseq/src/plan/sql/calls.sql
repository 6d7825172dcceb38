-- How many calls of nextval() one sequence still needs, by where it stands at this very moment; 0 where it has
-- got there by itself. A part of draw.sql, setval.sql and alter.sql. Whole numbers are divided exactly by div().
-- reads: the state of the sequence
-- versions: 10-19
-- privileges: SELECT on the sequence, or USAGE
SELECT at.last_value,
       at.is_called,
       at.next,
       GREATEST(0, pg_catalog.div(GREATEST({to_target}{to_rows}), {step})) AS calls
FROM (SELECT s.last_value, s.is_called, {next} AS next FROM {state} OFFSET 0) AS at
