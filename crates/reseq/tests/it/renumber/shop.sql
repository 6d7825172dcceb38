-- A table with all that may refer to it, and all that must be as before afterwards.
CREATE TABLE posts (
    gone text, id bigint GENERATED ALWAYS AS IDENTITY, parent bigint, title text NOT NULL, body text,
    updated_at timestamptz NOT NULL DEFAULT '2020-01-01', PRIMARY KEY (id));
ALTER TABLE posts DROP COLUMN gone;
ALTER TABLE posts ADD FOREIGN KEY (parent) REFERENCES posts ON DELETE CASCADE;
CREATE TABLE authors (id serial PRIMARY KEY, name text);
CREATE TABLE comments (id serial PRIMARY KEY, post_id bigint NOT NULL REFERENCES posts ON UPDATE CASCADE ON DELETE CASCADE,
    author int REFERENCES authors DEFERRABLE INITIALLY DEFERRED, body text);
CREATE TABLE likes (id serial PRIMARY KEY, comment int NOT NULL REFERENCES comments ON DELETE CASCADE);
CREATE TABLE profiles (post_id bigint PRIMARY KEY REFERENCES posts DEFERRABLE INITIALLY DEFERRED, note text);
CREATE TABLE stars (id serial PRIMARY KEY, profile bigint REFERENCES profiles (post_id) ON UPDATE SET NULL ON DELETE SET NULL);
CREATE TABLE tenants (tenant int, post bigint REFERENCES posts, UNIQUE (tenant, post));
CREATE TABLE invoices (tenant int, post bigint, sum numeric, FOREIGN KEY (tenant, post) REFERENCES tenants (tenant, post));
CREATE TABLE notes (id serial PRIMARY KEY, kind text, subject_id text, old_id bigint);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON posts FOR EACH ROW EXECUTE PROCEDURE touch();
CREATE TRIGGER off BEFORE UPDATE ON posts FOR EACH ROW EXECUTE PROCEDURE touch();
ALTER TABLE posts DISABLE TRIGGER off;
CREATE TABLE log (line text);
CREATE RULE logged AS ON INSERT TO comments DO ALSO INSERT INTO log VALUES ('inserted');
CREATE VIEW top AS SELECT p.id, p.title, count(*) FROM posts p JOIN comments c ON c.post_id = p.id GROUP BY p.id;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE posts DISABLE TRIGGER touch;
INSERT INTO posts (title, body)
    SELECT 'post ' || i, CASE WHEN i % 3 = 0 THEN repeat(md5(i::text), 2000) END FROM generate_series(1, 20) i;
DELETE FROM posts WHERE id IN (3, 6, 19);
UPDATE posts SET parent = id - 1 WHERE id IN (2, 5, 8);
ALTER TABLE posts ENABLE TRIGGER touch;
CREATE TRIGGER touch_always BEFORE UPDATE ON posts FOR EACH ROW EXECUTE PROCEDURE touch();
ALTER TABLE posts ENABLE ALWAYS TRIGGER touch_always;
INSERT INTO authors (name) VALUES ('a'), ('b');
INSERT INTO comments (post_id, author, body) SELECT id, 1 + id % 2, 'x' FROM posts, generate_series(1, 2) ORDER BY 1;
TRUNCATE log;
INSERT INTO likes (comment) SELECT id FROM comments;
INSERT INTO profiles SELECT id, 'n' FROM posts WHERE id < 9;
INSERT INTO stars (profile) SELECT post_id FROM profiles ORDER BY 1;
INSERT INTO tenants SELECT 7, id FROM posts;
INSERT INTO invoices SELECT 7, id, id * 10 FROM posts;
INSERT INTO invoices VALUES (7, NULL, 1);
INSERT INTO notes (kind, subject_id) SELECT 'post', id FROM posts ORDER BY id;
INSERT INTO notes (kind, subject_id) VALUES ('other', '5'), ('post', NULL);
ALTER TABLE notes ADD FOREIGN KEY (old_id) REFERENCES posts NOT VALID;
COMMENT ON INDEX posts_pkey IS 'it''s the key';
COMMENT ON CONSTRAINT posts_pkey ON posts IS 'the key';
COMMENT ON CONSTRAINT comments_post_id_fkey ON comments IS 'refers';
CREATE INDEX posts_title ON posts (lower(title) DESC NULLS LAST) WITH (fillfactor = 70) WHERE title <> '';
ALTER TABLE posts ALTER COLUMN title SET STATISTICS 500;
CREATE UNIQUE INDEX posts_id_title ON posts (id, title);
ALTER TABLE posts REPLICA IDENTITY USING INDEX posts_id_title;
CREATE INDEX comments_post ON comments (post_id);
ALTER TABLE comments CLUSTER ON comments_post;
ALTER TABLE comments ADD CONSTRAINT no_twins EXCLUDE (id WITH =) DEFERRABLE;
CREATE INDEX notes_length ON notes (length(kind));
GRANT SELECT ON posts TO PUBLIC;
