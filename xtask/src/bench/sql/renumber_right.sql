-- Whether all rows are there, numbered from 1000, and every reference leads to its row.
SELECT (SELECT count(*) = :rows AND min(id) = 1000 AND max(id) = 999 + :rows FROM posts)
    AND (SELECT count(*) = :rows FROM comments JOIN posts ON posts.id = post_id)
    AND (SELECT count(*) = :rows FROM likes JOIN posts ON posts.id = post_id);
