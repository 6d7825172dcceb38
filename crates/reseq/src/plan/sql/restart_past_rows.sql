-- A part of a statement: the first value of a lane after the rows of all columns, START where there is none.
-- reads: the linked columns
-- versions: 10-19
-- privileges: SELECT on the columns
(SELECT COALESCE({first} + GREATEST({calls}) * {increment}, {start}))
