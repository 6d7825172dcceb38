-- The table that rows are loaded into.
CREATE TABLE people (
    id serial PRIMARY KEY,
    name text NOT NULL,
    email text,
    amount numeric(12, 2),
    created timestamptz
);
