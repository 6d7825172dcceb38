-- Every row, by what has no id of posts in it.
SELECT string_agg(line, E'\n' ORDER BY line) FROM (
    SELECT concat('post ', title, ' ', id, ' ', parent, ' ', updated_at AT TIME ZONE 'UTC', ' ', md5(body)) AS line FROM posts
    UNION ALL SELECT concat('comment ', id, ' ', post_id, ' ', author) FROM comments
    UNION ALL SELECT concat('like ', id, ' ', comment) FROM likes
    UNION ALL SELECT concat('profile ', post_id, ' ', note) FROM profiles
    UNION ALL SELECT concat('star ', id, ' ', profile) FROM stars
    UNION ALL SELECT concat('tenant ', tenant, ' ', post) FROM tenants
    UNION ALL SELECT concat('invoice ', tenant, ' ', post, ' ', sum) FROM invoices
    UNION ALL SELECT concat('note ', id, ' ', kind, ' ', subject_id) FROM notes
    UNION ALL SELECT concat('log ', line) FROM log
    UNION ALL SELECT concat('sequence ', last_value, ' ', is_called) FROM posts_id_seq) AS l
