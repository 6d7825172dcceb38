-- What 17 refuses: a partition with an identity of its own.
create table app.part_identity_4 (id int not null generated always as identity, region int);
alter table app.part_identity attach partition app.part_identity_4 for values in (4);
