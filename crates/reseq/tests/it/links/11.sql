-- Cases that PostgreSQL 11 brought: keys of partitioned tables.
create table app.part_key (id serial, region int, primary key (id, region)) partition by list (region);
create table app.part_key_1 partition of app.part_key for values in (1);
create table app.part_by_id (id serial primary key) partition by range (id);
create table app.part_by_id_1 partition of app.part_by_id for values from (1) to (1000);
create table app.part_by_id_2 partition of app.part_by_id for values from (1000) to (2000);
