-- Cases that PostgreSQL 12 brought: generated columns, where a function lies about being immutable.
create sequence app.generated_seq;
create function app.generated_next(v text) returns bigint language sql immutable as
    $$ select nextval('app.generated_seq') $$;
create table app.generated (v text, id bigint generated always as (app.generated_next(v)) stored);
