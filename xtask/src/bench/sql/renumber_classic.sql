-- The classic through files, with foreign keys and indexes in place.
BEGIN;
LOCK TABLE posts, comments, likes;
CREATE TEMP TABLE map ON COMMIT DROP AS SELECT id AS old, 999 + row_number() OVER (ORDER BY id) AS new FROM posts;
ANALYZE map;
\o :folder/posts.dat
COPY (SELECT m.new, p.author, p.title, p.updated_at FROM posts p JOIN map m ON m.old = p.id ORDER BY 1) TO STDOUT;
\o :folder/comments.dat
COPY (SELECT c.id, m.new, c.body FROM comments c JOIN map m ON m.old = c.post_id) TO STDOUT;
\o :folder/likes.dat
COPY (SELECT l.id, m.new, l.who FROM likes l JOIN map m ON m.old = l.post_id) TO STDOUT;
\o
DELETE FROM likes;
DELETE FROM comments;
DELETE FROM posts;
\cd :folder
\copy posts FROM 'posts.dat'
\copy comments FROM 'comments.dat'
\copy likes FROM 'likes.dat'
COMMIT;
