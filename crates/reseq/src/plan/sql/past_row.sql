-- How many calls of nextval() lead from the next value past the furthest row of a linked column; 0 without a row. A part
-- of follow.sql, follow_drawing.sql and followed.sql.
-- reads: nothing
-- versions: 10-19
-- privileges: none
pg_catalog.div(GREATEST(0, {sign} * ({furthest} - ({factor} * at.next + {offset})) + {step}), {step})
