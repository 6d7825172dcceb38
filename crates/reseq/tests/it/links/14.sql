-- Cases that PostgreSQL 14 brought: SQL-standard function bodies.
create sequence app.standard_seq;
create function app.standard_next() returns bigint language sql return nextval('app.standard_seq');
create table app.by_standard_function (id bigint primary key default app.standard_next());
create sequence app.atomic_seq;
create function app.atomic_next() returns text language sql
    begin atomic select 'A-' || nextval('app.atomic_seq'); end;
create function app.atomic_outer() returns text language sql begin atomic select app.atomic_next(); end;
create table app.by_atomic_function (id text primary key default app.atomic_outer());
