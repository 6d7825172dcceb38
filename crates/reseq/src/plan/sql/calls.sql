-- How many calls of nextval() a sequence needs from its next value on; 0 where it has
-- got there by itself. Whole numbers are divided
-- exactly by div(), and numeric does not overflow. A part of draw.sql and setval.sql.
-- reads: nothing
-- versions: 10-19
-- privileges: none
pg_catalog.div(GREATEST(0, {to_target}{to_rows}), {step})
